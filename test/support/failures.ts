import request from 'supertest';

type Done = (failure: Error | null, res: request.Response) => void;
interface Checked {
  assert(error: Error | null, res: request.Response | undefined, done?: Done): void;
}

/** A request that was to succeed fails with what the server said, not with its status alone. */
export function tellWhatServersSaid(): void {
  const prototype = (request as unknown as { Test: { prototype: Checked } }).Test.prototype;
  const { assert: check } = prototype;
  prototype.assert = function (error, res, done) {
    check.call(this, error, res, (failure, answered) => {
      if (failure !== null && res !== undefined && res.status >= 400) {
        const message = `${failure.message}: ${res.text?.slice(0, 500)}`;
        failure.stack = failure.stack?.replace(failure.message, () => message);
        failure.message = message;
      }
      done?.(failure, answered);
    });
  };
}
