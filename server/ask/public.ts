/** What other capabilities may use: what takes personal data out of a text, and what tells addresses apart without naming them. */
export { addressHash, withoutPersonalData } from './log/redact.ts';
