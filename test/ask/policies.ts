import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { projectPath } from '../../server/tools/paths.ts';

/** A copy of the default policy with other limits, as a file. */
export function policyWith(limits: object, file = 'ask.yaml'): string {
  const document = parseDocument(readFileSync(projectPath(...file.split('/')), 'utf8'));
  document.set('limits', document.createNode(limits));
  const copy = join(mkdtempSync(join(tmpdir(), 'chorograph-policy-')), 'ask.yaml');
  writeFileSync(copy, document.toString());
  return copy;
}
