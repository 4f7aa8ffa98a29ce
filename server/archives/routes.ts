import type { Response } from 'express';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { cutIfStalled, json, send } from '../http/answers/respond.ts';
import { cachingOf } from '../http/answers/seeing.ts';
import { baseUrl, cacheControl } from '../http/answers/urls.ts';
import { route, type Route } from '../http/routes.ts';
import { text } from '../http/requests/params.ts';
import type { ArchivesContext } from './context.ts';
import { archiveNotFound, Shelf, type Archive } from './shelf.ts';
import { mayHave } from './showing.ts';

const PMTILES = 'application/vnd.pmtiles';

export function archiveRoutes(ctx: ArchivesContext): Route[] {
  const shelf = new Shelf(ctx.config.archivesDir);
  return [
    route({
      method: 'get',
      path: '/archives',
      tag: 'archives',
      summary: 'The archives of tiles that are served here',
      responses: {
        200: { description: 'The archives', content: { 'application/json': { type: 'object' } } },
      },
      handle: async ({ sight }, res, req) => {
        const base = baseUrl(ctx.config, req);
        const all = (await shelf.all()).filter((archive) => mayHave(ctx, archive, sight));
        const archives = all.map((archive) => described(archive, base));
        await send(req, res, json({ archives }), cacheControl(false));
      },
    }),
    route({
      method: 'get',
      path: '/archives/:name.pmtiles',
      tag: 'archives',
      summary: 'An archive of tiles (PMTiles 3), whole or in ranges of bytes',
      params: z.object({ name: text(100).meta({ description: 'Name of the archive', example: 'counties' }) }),
      responses: {
        200: { description: 'All of it', content: { [PMTILES]: { type: 'string', format: 'binary' } } },
        206: { description: 'The bytes that `Range` names' },
        304: { description: 'Not changed since the ETag given' },
        416: { description: 'The archive has no such bytes' },
      },
      handle: async ({ params, sight }, res) => {
        const archive = await shelf.get(params.name);
        if (!mayHave(ctx, archive, sight)) throw archiveNotFound();
        await sendFile(res, archive);
      },
    }),
  ];
}

function described({ name, bytes, header, metadata, about }: Archive, base: string): object {
  const { zooms, bounds, center, tiles } = header;
  return {
    name,
    url: `${base}/archives/${encodeURIComponent(name)}.pmtiles`,
    ...(typeof metadata.name === 'string' ? { title: metadata.name } : {}),
    ...(about && ('layer' in about ? { layer: about.layer } : { choropleth: about.choropleth })),
    bytes,
    tiles,
    minzoom: zooms[0],
    maxzoom: zooms[1],
    bounds,
    center,
  };
}

/** One range, `If-Range` and `If-None-Match` are the library's to answer; several ranges at once get all of it. */
function sendFile(res: Response, { path, tag, bytes }: Archive): Promise<void> {
  res.setHeader('ETag', `"${tag}"`);
  res.setHeader('Content-Type', PMTILES);
  res.setHeader('Cache-Control', cachingOf(res, cacheControl(false)));
  cutIfStalled(res, bytes);
  const options = { cacheControl: false, lastModified: false, dotfiles: 'allow' } as const;
  return new Promise((resolve, reject) => {
    res.sendFile(path, options, (error?: Error & { status?: number; headers?: Record<string, string> }) => {
      if (!error || res.headersSent) return resolve();
      for (const name of ['ETag', 'Content-Type', 'Cache-Control']) res.removeHeader(name);
      if (error.status === 416) {
        reject(
          new AppError('range_not_satisfiable', {}, { headers: { 'Content-Range': `bytes */${bytes}` } }),
        );
      } else reject(archiveNotFound());
    });
  });
}
