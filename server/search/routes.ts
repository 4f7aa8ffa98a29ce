import type { Request, Response } from 'express';
import { z } from 'zod';
import { clientOf } from '../http/requests/client.ts';
import { bbox, names, text, wholeNumber } from '../http/requests/params.ts';
import { send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import { baseUrl, cacheControl, withHost } from '../http/answers/urls.ts';
import type { SearchRequest } from './answers/answer.ts';
import type { SearchContext } from './context.ts';
import { KINDS } from './documents/document.ts';
import { searchIndexes } from './store/indexes.ts';
import { tellRefused } from '../limits/refusal.ts';
import type { RateClass } from './rates.ts';
import { MOST_HITS } from './finding/search.ts';
import type { Sight } from '../sight/sight.ts';
import { searchSight } from './sight.ts';

const content = { 'application/json': { type: 'object' } };
const SUGGESTIONS = 20;

const q = text(200)
  .refine((value) => !/\p{Cc}/u.test(value), 'free of control characters')
  .transform((value) => value.trim())
  .refine((value) => [...value].length >= 2, 'at least 2 characters')
  .meta({ description: 'What is looked for, 2 to 200 characters', example: 'los angelos' });

const kinds = names(4)
  .transform((value, issues) => {
    const known = KINDS.filter((kind) => value.includes(kind));
    if (known.length === value.length) return known;
    issues.addIssue(`some of ${KINDS.join(', ')}`);
    return z.NEVER;
  })
  .meta({ description: `Some of ${KINDS.join(', ')}`, example: 'region,layer' });

const near = text(100).transform((value, issues) => {
  const [longitude = NaN, latitude = NaN, more] = value
    .split(',')
    .map((part) => (/^\s*[-+]?\d{1,3}(\.\d{1,12})?\s*$/.test(part) ? Number(part) : NaN));
  if (more === undefined && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90)
    return [longitude, latitude] as const;
  issues.addIssue('longitude,latitude in degrees');
  return z.NEVER;
});

/** A page goes on where the one before ended, in the index that made that: in another one it may be elsewhere. */
const cursor = text(20).transform((value, issues) => {
  if (/^\d{1,4}$/.test(value) && Number(value) < MOST_HITS) return Number(value);
  issues.addIssue('from the next member of the page before');
  return z.NEVER;
});

const filters = {
  q,
  kinds: kinds.optional(),
  within: text(300)
    .optional()
    .meta({ description: 'Id of a region that hits lie in', example: 'regions:us-states:06' }),
  bbox: bbox
    .optional()
    .meta({ description: 'Hits that meet west,south,east,north', example: '-125,24,-66,50' }),
  near: near
    .optional()
    .meta({ description: 'Nearer ones first, of equally good hits', example: '-118.2,34' }),
};

export function searchRoutes(ctx: SearchContext): Route[] {
  const responses = {
    200: { description: 'Hits, best first', content },
    429: { description: 'Too many searches; Retry-After tells when to go on' },
  };
  const reply = async (
    what: RateClass,
    request: SearchRequest,
    asker: Sight,
    res: Response,
    req: Request,
  ) => {
    const key = (await ctx.keys.identify(req))?.id;
    await ctx.searchRates.count(what, key, clientOf(req), () => tellRefused(ctx, what, key, req));
    const built = await ctx.searching.index();
    const sight = searchSight(ctx, asker, ctx.searching.outdated(built));
    const made = ctx.searchAnswers.of(built, request, sight, what === 'search');
    await send(req, res, withHost(made, baseUrl(ctx.config, req)), cacheControl(false));
  };
  return [
    route({
      method: 'get',
      path: '/search',
      tag: 'search',
      summary: 'Regions, layers, choropleths and named rows by code, name or something like it',
      query: z.object({
        ...filters,
        limit: wholeNumber(1, MOST_HITS).default(20).meta({ description: 'Hits per page', example: '20' }),
        cursor: cursor
          .optional()
          .meta({ description: 'From the next member of the page before', example: '20' }),
      }),
      responses,
      handle: ({ query: { cursor: offset = 0, ...query }, sight }, res, req) =>
        reply('search', { ...query, offset }, sight, res, req),
    }),
    route({
      method: 'get',
      path: '/search/suggest',
      tag: 'search',
      summary: 'The same while it is being typed: the best few',
      query: z.object({
        ...filters,
        limit: wholeNumber(1, SUGGESTIONS).default(8).meta({ description: 'Suggestions', example: '8' }),
      }),
      responses,
      handle: ({ query, sight }, res, req) => reply('suggest', { ...query, offset: 0 }, sight, res, req),
    }),
    route({
      method: 'get',
      path: '/search/indexes',
      tag: 'search',
      summary:
        'How the indexes of search in the database are used: scans, tuples, size, unused and missing ones',
      access: ctx.keys.require('admin'),
      responses: { 200: { description: 'Each index, and those that are missing', content } },
      handle: async (_request, res) => {
        res.setHeader('Cache-Control', 'no-store');
        res.json(await searchIndexes(ctx.db));
      },
    }),
  ];
}
