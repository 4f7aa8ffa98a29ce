import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Command } from '../command.ts';
import { projectPath } from '../tools/paths.ts';

/** `chorograph bench …`: in a checkout, where what it measures with is at hand. Its own `--help` lists its sections. */
export const benchCommand: Command = {
  name: 'bench',
  summary: 'measures all of it, in a checkout of the project',
  usesDatabase: false,
  declare: (parser) => {
    parser
      .argument('[section...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(async (args: string[]) => {
        const script = projectPath('scripts', 'bench', 'main.ts');
        if (!existsSync(script))
          throw new Error('the measurements are in a checkout of the project: npm run bench');
        const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
          cwd: projectPath(),
          stdio: 'inherit',
        });
        const [code] = (await once(child, 'close')) as [number | null];
        process.exitCode = code ?? 1;
      });
  },
};
