import { ok, warning, type Finding } from '../../tools/finding.ts';
import { sqlFile } from '../files.ts';
import type { Queryable } from '../types.ts';

/** The role that is served with, as `sql/doctor/role.sql` has it. */
export interface Role {
  readonly role: string;
  readonly database: string;
  readonly super: boolean;
  readonly mayCreate: boolean;
  readonly own: boolean;
  readonly mayUse: boolean;
  readonly maxConnections: number;
  readonly connectionLimit: number;
}

export interface Connections {
  /** Processes, and what each opens at most. */
  readonly workers: number;
  readonly poolSize: number;
}

/** Besides those of the pool each process listens, refreshes, and reads two layers into memory. */
const BESIDES = 5;

export async function readRole(db: Queryable): Promise<Role> {
  const [role] = await db.run<Role>(sqlFile('doctor/role.sql'));
  if (!role) throw new Error('the role is not among pg_roles');
  return role;
}

export function rightsFinding({ role, database, super: isSuper, mayCreate, own, mayUse }: Role): Finding {
  const told = `role ${role}`;
  if (isSuper)
    return warning(
      'rights',
      `${told} is a superuser`,
      'serve with a role that may read what is shown and has schema chorograph, no more',
    );
  if (own && !mayUse)
    return warning(
      'rights',
      `${told} may not use schema chorograph`,
      `grant usage on schema chorograph to "${role}"; grant select, insert, update, delete on all tables in schema chorograph to "${role}"`,
    );
  if (!own && !mayCreate)
    return warning(
      'rights',
      `${told} may not create schema chorograph: no keys, refreshes and pyramids`,
      `grant create on database "${database}" to "${role}", or run chorograph migrate as a role that may`,
    );
  return ok('rights', `${told} has what it needs`);
}

export function connectionsFinding(
  { maxConnections, connectionLimit }: Role,
  { workers, poolSize }: Connections,
): Finding {
  const most = connectionLimit >= 0 ? Math.min(connectionLimit, maxConnections) : maxConnections;
  const wanted = workers * (poolSize + BESIDES);
  if (wanted <= most) return ok('connections', `${wanted} at most of ${most}`);
  return warning(
    'connections',
    `${workers} × (${poolSize} + ${BESIDES}) may be opened, and ${most} are allowed`,
    'lower CHOROGRAPH_POOL_SIZE or WORKERS, raise max_connections, or put PgBouncer in front',
  );
}
