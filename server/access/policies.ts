import { relationName, type Layer } from '../catalog/types.ts';
import { sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { choroplethName, ruled, type Access, type AccessRules } from '../sight/access.ts';

export interface PolicyMaps {
  readonly access?: AccessRules;
  readonly tokens?: { readonly role?: { readonly of: readonly string[] } | undefined };
  readonly choropleths: Readonly<
    Record<string, { readonly access?: Access | undefined; readonly cube: { readonly view: string } }>
  >;
}

interface Found {
  /** Relations that policies decide about: tables that have them switched on, views that ask as whoever asks them. */
  readonly policed: readonly string[];
  /** Roles that there are, and whether we may act as them. */
  readonly roles: Readonly<Record<string, boolean>>;
}

/**
 * What would make `access: role` another thing than it seems: relations that show every role all rows, and roles that
 * no token can be served as.
 */
export async function policyProblems(
  db: Queryable,
  layers: readonly Layer[],
  maps: PolicyMaps,
): Promise<string[]> {
  const roles = maps.tokens?.role?.of ?? [];
  const [found] = await db.run<Found>(sql`
    select coalesce((select json_agg(n.nspname || '.' || c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where (c.relkind in ('r', 'p') and c.relrowsecurity)
          or (c.relkind = 'v' and c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'])), '[]') as policed,
      coalesce((select json_object_agg(rolname, pg_has_role(current_user, oid, 'member')
        and not rolsuper and not rolbypassrls) from pg_roles where rolname = any(${[...roles]})), '{}') as roles`);
  const { policed = [], roles: known = {} } = found ?? {};
  const named = [
    ...layers.flatMap((layer) =>
      layer.access === 'role' ? [[layer.id, relationName(layer), layer.type] as const] : [],
    ),
    ...Object.entries(maps.choropleths).flatMap(([id, { access, cube }]) =>
      (access ?? ruled(maps.access, [choroplethName(id)])) === 'role'
        ? [[`choropleth/${id}`, cube.view, 'cube'] as const]
        : [],
    ),
  ];
  return [
    ...named.flatMap(([name, relation, type]) =>
      type === 'function' || policed.includes(relation)
        ? []
        : [`${name}: ${relation} has no row-level security, so each role that may read it sees all rows`],
    ),
    ...roles.flatMap((role) => {
      if (known[role] === undefined) return [`role ${role}: there is none in the database`];
      return known[role] ? [] : [`role ${role}: the server may not act as it, or it is above all policies`];
    }),
  ];
}
