import { InvalidArgumentError, type Command as Parser } from 'commander';
import type { CommandTools } from '../../command.ts';
import type { AuditConfig } from '../settings.ts';
import { CHAINS } from '../types.ts';
import { verifyAudit, type Expected, type Verified } from '../chain/verify.ts';

/** Exit code where the log was looked at and is not whole. */
const NOT_WHOLE = 2;
const FAULTS_SHOWN = 50;

export function verifyWord(parser: Parser, tools: CommandTools<AuditConfig>): void {
  parser
    .command('verify')
    .description(
      'finds any row that was changed, removed, moved or added by other means; exit code 2 where there is one',
    )
    .option(
      '--expect <chain:number:hash...>',
      'rows that were noted elsewhere, as this command prints them',
      expected,
      [],
    )
    .option('--json', 'as JSON')
    .action(async ({ expect, json }: { expect: Expected[]; json?: true }) => {
      const { database } = await tools.database({ statementTimeoutMs: 600_000 });
      const verified = await verifyAudit(database, {
        key: tools.config().audit.key,
        expected: expect,
        onProgress: (rows) => tools.progress(`${rows} rows`),
      });
      if (json) tools.print(JSON.stringify(verified));
      else for (const line of linesOf(verified, tools.config())) tools.print(line);
      if (verified.faults.length > 0) process.exitCode = NOT_WHOLE;
    });
}

function linesOf({ rows, faults, chains }: Verified, { audit }: AuditConfig): string[] {
  const sealed = (to: number): string => (to > 0 ? `, sealed up to ${to}` : '');
  return [
    ...chains.map(
      ({ chain, rows: own, head, droppedTo, sealedTo }) =>
        `${chain}: ${own} rows${droppedTo > 0 ? ` behind ${droppedTo} that were dropped` : ''}${sealed(sealedTo)}; newest ${chain}:${head.seq}:${head.hash}`,
    ),
    ...faults
      .slice(0, FAULTS_SHOWN)
      .map(({ chain, seq, fault, detail }) => `NOT WHOLE: ${chain} row ${seq} ${fault}: ${detail}`),
    ...(faults.length > FAULTS_SHOWN ? [`… and ${faults.length - FAULTS_SHOWN} more`] : []),
    ...(audit.key === undefined
      ? [
          'CHOROGRAPH_AUDIT_KEY is not set: whoever may do everything in the database can make all of it anew.',
        ]
      : []),
    faults.length > 0 ? `The log is not whole: ${faults.length} faults.` : `The log is whole: ${rows} rows.`,
  ];
}

function expected(text: string, before: readonly Expected[]): Expected[] {
  const [, chain, seq, hash = ''] = /^(\w+):(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (chain === undefined || !(CHAINS as readonly string[]).includes(chain))
    throw new InvalidArgumentError('It must be CHAIN:NUMBER:HASH, as audit verify prints it.');
  return [...before, { chain, seq: Number(seq), hash: Buffer.from(hash, 'hex') }];
}
