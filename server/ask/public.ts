/**
 * What other capabilities may use: what takes personal data out of a text, what tells addresses apart without naming
 * them, and the tools that a model has.
 */
export { addressHash, withoutPersonalData } from './log/redact.ts';
export { TOOLS, type ToolName } from './tools/declare.ts';
export type { FigureQuery, Figures } from './tools/figures.ts';
export { runTool } from './tools/run.ts';
