import { AppError } from '../errors.ts';
import type { Sight } from '../sight/sight.ts';
import { hidingOf } from './about.ts';
import type { ArchivesContext } from './context.ts';
import type { Archive } from './shelf.ts';

/**
 * Whether somebody may have an archive: whoever may see the layer or choropleth that it was made of, for as long as that is there,
 * has the columns that are in it and hides what it hid then. What another program made is everybody's.
 */
export function mayHave(ctx: ArchivesContext, { about, metadata }: Archive, sight: Sight): boolean {
  // What says that it is ours in words that are not understood may be of a newer version: nobody's.
  if (!about) return metadata.chorograph === undefined;
  try {
    if ('choropleth' in about) return hidingOf(ctx.choropleths.get(about.choropleth, sight)) === about.hiding;
    const layer = ctx.catalog.tableLayer(about.layer, sight);
    return about.columns.every((name) => layer.columns.some((column) => column.name === name));
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
