import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Request } from 'express';
import { z } from 'zod';
import { loadTable, planTable, readCsv } from '../../import/public.ts';
import { receive } from '../../previews/public.ts';
import { Gate } from '../../tools/gate.ts';
import type { StudioContext } from '../context.ts';
import { word } from '../draft/body.ts';
import { inOwnWords, requireNew, tableNamed } from './regions.ts';

export const MOST_CSV_BYTES = 50 * 1024 * 1024;
const gate = new Gate({ capacity: 1, maxWaiting: 4 });

export const tableQuery = z.object({
  table: word(130).meta({ description: 'A new table for it', example: 'public.poverty' }),
  decimal: z
    .enum(['point', 'comma'], { error: 'point or comma' })
    .optional()
    .meta({ description: 'How its numbers are written, where that is not clear', example: 'point' }),
});

/** Brings a CSV into a table of figures. @throws AppError `bad_request` with what is wrong, and where */
export function bringTable(
  { db, auditing }: Pick<StudioContext, 'db' | 'auditing'>,
  { table, decimal }: z.output<typeof tableQuery>,
  req: Request,
  client: string,
): Promise<object> {
  const target = tableNamed(table);
  return gate.run(client, 1, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chorograph-table-'));
    const file = join(folder, 'figures.csv');
    try {
      await receive(req, file, MOST_CSV_BYTES);
      return await inOwnWords(async () => {
        await requireNew(db, target);
        const plan = await planTable(readCsv(file), decimal);
        const who = await auditing.who(req);
        await loadTable(db, readCsv(file), plan, {
          ...{ target, replace: false, dryRun: false, who, onProgress: () => {} },
        });
        const columns = plan.columns.map(({ name, type, example, empty }) => ({
          name,
          type,
          example,
          empty,
        }));
        return { table: `${target.schema}.${target.table}`, rows: plan.rows, columns };
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
