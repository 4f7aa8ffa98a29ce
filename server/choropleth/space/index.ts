export * from './bayes.ts';
export * from './contiguity.ts';
export * from './lisa.ts';
export * from './moran.ts';
