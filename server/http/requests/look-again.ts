import { AppError } from '../../errors.ts';
import type { Route } from '../routes.ts';

/**
 * What nobody knows may have come to be a moment ago: then it is answered as if it had been known.
 * @param look true where something is known now that was not
 */
export function lookingAgain(entry: Route, look: () => Promise<boolean>): Route {
  return {
    ...entry,
    handle: async (request, res, req) => {
      try {
        return await entry.handle(request, res, req);
      } catch (error) {
        if (!isMissing(error) || res.headersSent || !(await look())) throw error;
        return entry.handle(request, res, req);
      }
    },
  };
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { code, members } = error;
  return (
    code === 'layer_not_found' || code === 'choropleth_unavailable' || members.reason === 'not_in_database'
  );
}
