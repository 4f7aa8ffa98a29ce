import { readFileSync } from 'node:fs';
import { projectPath } from '../../server/tools/paths.ts';
import { loadPolicy } from '../../server/ask/policy/policy.ts';
import { Rules } from '../../server/ask/rules/decide.ts';
import { cleanText } from '../../server/ask/rules/text.ts';
import { inEnglish } from '../../server/ask/tools/regions.ts';
import type { Labelled } from './questions.ts';
import type { Outcome } from './score.ts';

/** Names of the demo's places, as a server reads them from its regions. */
export function demoPlaces(): string[] {
  const topology = JSON.parse(readFileSync(projectPath('data', 'id', 'provinces.topo.json'), 'utf8')) as {
    objects: { provinces: { geometries: { properties: { name: string } }[] } };
  };
  const names = topology.objects.provinces.geometries.map(({ properties }) => properties.name);
  return [...names, ...names.map(inEnglish)];
}

/** What the deterministic layers decide, and nobody else is asked. */
export function decideByRules(policyFile: string, questions: readonly Labelled[]): Outcome[] {
  const rules = new Rules(loadPolicy(policyFile), demoPlaces());
  return questions.map((question) => {
    const { decision } = rules.decide(cleanText(question.question));
    return { question, decision: decision === 'undecided' ? 'open' : decision };
  });
}
