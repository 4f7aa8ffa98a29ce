import { readFileSync } from 'node:fs';
import { projectPath } from '../tools/paths.ts';
import { statement, type Sql } from './sql.ts';

/** A query from `sql/`, the same file that psql can run. */
export function sqlFile(path: string, values: readonly unknown[] = []): Sql {
  return statement(readFileSync(projectPath('sql', path), 'utf8'), values);
}
