import type { Command } from '../command.ts';
import { readMaps } from '../maps.ts';

/** `chorograph schema`: what may stand in a `maps.yaml`, for editors without a server at hand. */
export const schemaCommand: Command = {
  name: 'schema',
  summary: 'prints the JSON Schema of maps.yaml, from which editors complete it',
  usesDatabase: false,
  declare: (parser, tools) => {
    parser.action(() => tools.print(JSON.stringify(readMaps.schema(), null, 2)));
  },
};
