import { z } from 'zod';
import type { Who } from '../../audit/public.ts';
import { AppError } from '../../errors.ts';
import {
  ImportError,
  loadRegions,
  openSource,
  parseTable,
  planRegions,
  readRegions,
  tableExists,
  toDegrees,
} from '../../import/public.ts';
import { PREVIEW_ID } from '../../previews/public.ts';
import type { StudioContext } from '../context.ts';
import { word } from '../draft/body.ts';

export const regionsBody = z.strictObject({
  preview: z
    .string()
    .regex(PREVIEW_ID, 'the id of a preview')
    .meta({ description: 'What was dropped, as POST /previews has it', example: 'q3Zr0mHc5dUe7Yv1sWb2Ag' }),
  table: word(130).meta({ description: 'A new table for it', example: 'public.villages' }),
  code: word(200).meta({ description: 'Its property with codes', example: 'kode' }),
  name: word(200).meta({ description: 'Its property with names', example: 'nama' }),
  parent: word(200).optional().meta({ description: 'Its property with codes of the regions above' }),
  dissolve: z.boolean().default(false).meta({ description: 'Rows of one code are parts of one region' }),
});

type RegionsAsked = z.output<typeof regionsBody>;

/** Brings what was previewed into a table of regions. @throws AppError `bad_request` with what is wrong, and where */
export async function bringRegions(
  { db, previews }: Pick<StudioContext, 'db' | 'previews'>,
  { preview, table, dissolve, ...columns }: RegionsAsked,
  who: Who,
): Promise<object> {
  const target = { ...tableNamed(table), parent: columns.parent !== undefined };
  const source = await openSource(await previews.file(preview));
  try {
    return await inOwnWords(async () => {
      await requireNew(db, target);
      const plan = await planRegions(source, { ...columns, dissolve });
      const move = await toDegrees(undefined, db);
      const { regions, rows, repaired } = await loadRegions(
        db,
        readRegions(source, plan, move, { leftOut: [] }),
        {
          ...{ target, replace: false, dryRun: false, dissolve, who, onProgress: () => {} },
        },
      );
      const parent = target.parent ? { parent: 'parent_code' } : {};
      return {
        table: `${target.schema}.${target.table}`,
        ...{ geometry: 'geom', code: 'code', name: 'name', ...parent, regions, rows },
        repaired: repaired.slice(0, 100),
      };
    });
  } finally {
    source.close?.();
  }
}

/** @throws AppError `invalid_parameter` */
export function tableNamed(text: string): { schema: string; table: string } {
  try {
    return parseTable(text);
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    throw new AppError('invalid_parameter', { detail: error.message }, { cause: error });
  }
}

export async function requireNew(
  db: StudioContext['db'],
  target: { schema: string; table: string },
): Promise<void> {
  if (await tableExists(db, target))
    throw new AppError('invalid_parameter', {
      detail: `there is a table ${target.schema}.${target.table} already; take another name`,
    });
}

/** The command's words for its options are none here. */
export async function inOwnWords<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    const detail = error.message.replaceAll(/--([a-z-]+)/g, '$1').replaceAll(/\S*\/(?=[^/\s]+: )/g, '');
    throw new AppError('bad_request', { detail }, { cause: error });
  }
}
