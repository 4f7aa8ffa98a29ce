let resolve = (): void => {};

/** Fulfilled when a map of the page has painted its regions: what is wanted less waits for that. */
export const firstPainted = new Promise<void>((done) => (resolve = done));

export const painted = (): void => resolve();
