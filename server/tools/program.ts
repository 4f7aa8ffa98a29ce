/** Words for the person at the terminal go to standard error; standard output holds the log alone. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Once: who asks for the end again while it is coming gets it at once. */
export function onSignals(stop: (signal: NodeJS.Signals) => void): void {
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
