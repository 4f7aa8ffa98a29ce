import { answerJobs } from '../../../tools/thread-worker.ts';
import { packResult, unpackBlock, type PackedBlock, type PackedResult } from './block.ts';
import { generalize } from './generalize.ts';

answerJobs(
  (block: PackedBlock): PackedResult => packResult(generalize(unpackBlock(block), block)),
  ({ rows, starts, wkb }) => [rows, starts, wkb].map(({ buffer }) => buffer as ArrayBuffer),
);
