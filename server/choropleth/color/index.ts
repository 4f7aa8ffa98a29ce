export * from './alternatives.ts';
export * from './bivariate.ts';
export * from './check.ts';
export * from './neutral.ts';
export * from './ramp.ts';
export * from './schemes.ts';
