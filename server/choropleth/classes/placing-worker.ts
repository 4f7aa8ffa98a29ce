import { answerJobs } from '../../tools/thread-worker.ts';
import { advise } from '../classify/advise.ts';
import { classifyPairs } from '../classify/bivariate.ts';
import { classifyValues } from './classes.ts';
import type { ClassifiedThere, PairsThere, PlacingJob, Unassigned } from './placing.ts';
import { statistics } from './stats.ts';

answerJobs((job: PlacingJob): unknown => {
  if (job.kind === 'classes') return classes(job);
  if (job.kind === 'pairs') return pairs(job);
  const values = valuesOf(job.values);
  return job.kind === 'advice' ? advise(values, job.classes, job.locale) : statistics(values);
});

function classes({ asked, values, reference }: Extract<PlacingJob, { kind: 'classes' }>): ClassifiedThere {
  const own = valuesOf(values);
  const { classification, center } = classifyValues(asked, own, reference ? valuesOf(reference) : own);
  return { classification: unassigned(classification), center };
}

function pairs({ a, b, options }: Extract<PlacingJob, { kind: 'pairs' }>): PairsThere {
  const placed = classifyPairs(valuesOf(a), valuesOf(b), options);
  return { ...unassigned(placed), first: unassigned(placed.first), second: unassigned(placed.second) };
}

function unassigned<Classes extends { readonly assign: unknown }>(placed: Classes): Unassigned<Classes> {
  const { assign: _, ...rest } = placed;
  return rest;
}

function valuesOf(numbers: Float64Array): (number | null)[] {
  return Array.from(numbers, (value) => (Number.isNaN(value) ? null : value));
}
