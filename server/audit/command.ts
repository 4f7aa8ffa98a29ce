import type { Command } from '../command.ts';
import type { AuditConfig } from './settings.ts';
import { cleanupWord } from './words/cleanup.ts';
import { exportWord } from './words/export.ts';
import { summaryWord } from './words/summary.ts';
import { verifyWord } from './words/verify.ts';

/** `chorograph audit verify | summary | export | cleanup`: the log of who did what. */
export const auditCommand: Command<AuditConfig> = {
  name: 'audit',
  summary: 'checks, sums up, exports and cleans up the log of who did what',
  declare: (parser, tools) => {
    verifyWord(parser, tools);
    summaryWord(parser, tools);
    exportWord(parser, tools);
    cleanupWord(parser, tools);
  },
};
