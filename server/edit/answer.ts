import type { Response } from 'express';
import { featureEtag, featureLinks, GEOJSON_TYPE } from '../ogc/public.ts';
import type { Beginning } from './begin.ts';
import type { Current } from './writing/rows.ts';

/** Sends a feature as a GET of it would, with the ETag that this would have. */
export function answerFeature(
  res: Response,
  status: 200 | 201,
  { root, collection, url }: Beginning,
  id: string,
  { text, version }: Current,
): void {
  const own = `${url}/items/${encodeURIComponent(id)}`;
  const links = featureLinks(root, collection, own, 'json');
  const body = `${text.slice(0, -1)},${JSON.stringify({ links }).slice(1)}`;
  if (status === 201) res.setHeader('Location', own);
  res.setHeader('ETag', `"${featureEtag(version, body)}"`);
  res.setHeader('Cache-Control', 'no-store');
  res.status(status).type(`${GEOJSON_TYPE}; charset=utf-8`).send(Buffer.from(body));
}
