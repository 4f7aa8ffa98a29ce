import type { ServerResponse } from 'node:http';

/**
 * A signal that is made when somebody looks at it. A getter that an object literal has would do the same, but gives each object a shape
 * of its own, and V8 keeps shapes, with what their getters refer to (request, response and all), until it looks through all of its memory.
 */
class Signalled {
  readonly #make: () => AbortSignal;
  #signal: AbortSignal | undefined;

  constructor(make: () => AbortSignal) {
    this.#make = make;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= this.#make());
  }
}

/** What is asked for, with a signal that costs nothing until somebody looks; copies of it (`{ ...asked }`) have none. */
export function withSignal<Asked extends object>(
  make: () => AbortSignal,
  asked: Asked,
): Asked & { readonly signal: AbortSignal } {
  return Object.assign(new Signalled(make), asked);
}

/** A signal that fires when the client goes away before its answer is complete. */
export function clientSignal(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (res.destroyed) controller.abort();
  res.once('close', () => {
    if (!res.writableFinished) controller.abort();
  });
  return controller.signal;
}
