import { sql } from '../db/sql.ts';
import type { Layer, TableLayer } from '../catalog/types.ts';
import { relationName } from '../catalog/types.ts';
import type { StudioContext } from './context.ts';
import { lookAtFile } from './apply/file.ts';

const MOST_TABLES = 1_000;

interface Table {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** What a choropleth may be made of: region sets, layers of polygons, tables and views. */
export async function sourcesOf(
  ctx: Pick<StudioContext, 'db' | 'maps' | 'catalog' | 'mapsFile'>,
): Promise<object> {
  const tables = await readTables(ctx);
  const sets = Object.entries(ctx.maps.regions).map(([id, { table, code, name }]) => ({
    ...{ id, table, code, name },
    layer: ctx.catalog.ofRelation(table)?.id,
  }));
  const layers = ctx.catalog
    .all()
    .filter(isPolygons)
    .map((layer) => ({
      ...{ id: layer.id, title: layer.title, table: relationName(layer), geometry: layer.geometry.column },
      columns: layer.columns.map(({ name }) => name),
    }));
  return { sets, layers, tables, maps: await lookAtFile(ctx) };
}

const isPolygons = (layer: Layer): layer is TableLayer =>
  layer.type === 'table' && !layer.problem && /polygon|geometry/i.test(layer.geometry.type);

/** Those that the database role may read, ours and PostgreSQL's own left out. */
async function readTables({ db }: Pick<StudioContext, 'db'>): Promise<Table[]> {
  return db.run<{ table: string; columns: Table['columns'] } & object>(sql`
    select n.nspname || '.' || c.relname as table, json_agg(json_build_object(
        'name', a.attname, 'type', case t.typcategory when 'N' then 'number' when 'S' then 'text' else 'other' end)
      order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
      join pg_type t on t.oid = a.atttypid
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
      and n.nspname not in ('chorograph', 'pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
      and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    group by n.nspname, c.relname order by 1 limit ${MOST_TABLES}`);
}
