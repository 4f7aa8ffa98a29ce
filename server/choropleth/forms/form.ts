import type { Request, Response } from 'express';
import { z } from 'zod';
import type { ChoroplethContext as Context } from '../context.ts';
import { turnOf } from '../../http/requests/client.ts';
import { readFilter } from '../../cql2/filter.ts';
import { regionFilterParams } from '../filter/params.ts';
import { text } from '../../http/requests/params.ts';
import { chooseEncoding, send, type Representation } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { ANY_HOST, baseUrl, cacheControl, withHost } from '../../http/answers/urls.ts';
import type { News } from '../../generations/generations.ts';
import { passingMoment } from '../../generations/tokens.ts';
import type { Sight } from '../../sight/sight.ts';
import type { Answer } from '../answer.ts';
import { filteredAnswer, splitFilter } from '../filter/filtered.ts';
import type { Reading, Readings } from '../reading.ts';
import { choroplethParams, readChoroplethRequest } from '../request/params.ts';

/** What a form may need besides the answer. */
export interface FormInput<Query> {
  ctx: Context;
  answer: Answer;
  /** The answer to the same request with other parameters or dimensions, for a form that needs a second one. */
  other(
    changes: Partial<z.output<typeof choroplethParams>>,
    dimensions?: Readonly<Record<string, string[]>>,
  ): Promise<Answer>;
  /** The form's own parameters and those of every form, checked. */
  query: Query;
  /** Base of absolute URLs, without a slash at its end. */
  base: string;
  /** Who asked first: what is done in turns is done in theirs. */
  client: string;
}

/**
 * One form of a choropleth: `/gis/choropleth/{id}/{name}`. It is made from an answer once and sent from
 * the cache after that, so `make` must depend on its input alone.
 */
export interface Form<Query extends z.ZodObject = z.ZodObject> {
  /** What stands behind the id: `legend.svg`; empty for the choropleth itself. */
  name: string;
  summary: string;
  /** Media type for the OpenAPI document. */
  type: string;
  /** Parameters of this form alone; undefined where it has none. */
  params?: Query;
  /** Made of new data before that is announced: what a browser asks for to repaint its map, and quickly made. */
  ahead?: true;
  /** It shows regions one by one, so `filter=` may say which. */
  filters?: true;
  /** What takes long of it is done in a thread, which has a queue of its own. */
  beside?: true;
  make(
    input: FormInput<z.output<Query> & z.output<typeof choroplethParams>>,
  ): Representation | Promise<Representation>;
}

/** Keeps a form's parameters and its maker's types together. */
export function form<Query extends z.ZodObject>(definition: Form<Query>): Form {
  return definition as unknown as Form;
}

export const idParam = z.object({
  id: text(64).meta({ description: 'Id of the choropleth', example: 'pesantren-provinsi' }),
});

/** Dimensions filter by their own names. */
export const DIMENSIONS = { example: { tahun: '2024' } };

/** What a route of choropleths was asked. */
export interface Asked {
  params: { id: string };
  query: z.output<typeof choroplethParams> & Partial<z.output<typeof regionFilterParams>>;
  extra: Readonly<Record<string, string | string[]>>;
  /** Whose turn it is; see `clientOf`. */
  client: string;
  sight: Sight;
}

/**
 * The answer to what a route was asked; as of `news` where those are told. `filter=` chooses values of dimensions and which
 * regions are shown.
 * @throws AppError `filter_invalid`
 */
export async function answerTo(reading: Reading, request: Asked, news?: News): Promise<Answer> {
  const { query, extra, client, sight } = request;
  const choropleth = reading.ctx.choropleths.get(request.params.id, sight.ofRows);
  const asked = { filter: query.filter, lang: query['filter-lang'], crs: query['filter-crs'] };
  const written = readFilter(asked);
  if (!written) return reading.answers.get(readChoroplethRequest(choropleth, query, extra), client, news);
  const { dimensions, rest } = splitFilter(written, choropleth, extra);
  const chosen = readChoroplethRequest(choropleth, query, { ...extra, ...dimensions });
  const answer = await reading.answers.get(chosen, client, news);
  return rest ? filteredAnswer(reading.ctx, answer, rest, asked) : answer;
}

interface Made {
  readonly answer: Answer;
  readonly document: Representation;
  /** Names what was asked, whatever its version. */
  readonly asked: string;
}

/** A form as it was asked for: from the cache where it is there, in its turn else. As of `news` where those are told. */
export async function madeForm(
  { config }: Pick<Context, 'config'>,
  { name, params, beside, make }: Form,
  { reading, request, news }: { reading: Reading; request: Asked; news?: News | undefined },
): Promise<Made> {
  const { ctx, answers } = reading;
  // Whoever asks may claim any host: what is kept must not depend on it.
  const base = config.publicUrl ?? ANY_HOST;
  const answer = await answerTo(reading, request, news);
  const other: FormInput<unknown>['other'] = (changes, dimensions) => {
    const { query, extra } = request;
    const another = { query: { ...query, ...changes }, extra: { ...extra, ...dimensions } };
    return answerTo(reading, { ...request, ...another }, news);
  };
  const ownNames = Object.keys(params?.shape ?? {});
  const own = ownNames.map((key) => [key, (request.query as Record<string, unknown>)[key]]);
  const named = [name, base, answer.request.choropleth.id, answer.parameters, own];
  const key = JSON.stringify([...named, answer.version, ...(answer.versioned ? [] : [passingMoment()])]);
  const { client } = request;
  const toMake = async (): Promise<Representation> =>
    make({ ctx, answer, other, query: request.query as never, base, client });
  const work = beside ? toMake : () => answers.making.run(client, answer.values.length, toMake);
  const { answer: document } = await ctx.cache.get(key, undefined, work, { versioned: answer.versioned });
  return { answer, document, asked: JSON.stringify(named) };
}

/** What a form takes. */
export const formParams = ({ params, filters }: Pick<Form, 'params' | 'filters'>): z.ZodObject =>
  choroplethParams.extend({ ...params?.shape, ...(filters ? regionFilterParams.shape : {}) });

export function formRoute(ctx: Pick<Context, 'config'>, readings: Readings, form: Form): Route {
  const { config } = ctx;
  const { name, summary, type, ahead } = form;
  return route({
    method: 'get',
    path: `/gis/choropleth/:id${name === '' ? '' : `/${name}`}`,
    tag: 'choropleths',
    summary,
    params: idParam,
    query: formParams(form),
    openQuery: DIMENSIONS,
    responses: {
      200: {
        description: summary,
        content: { [type]: type.includes('json') ? { type: 'object' } : { type: 'string' } },
      },
    },
    handle: async ({ params, query, extra, sight }, res: Response, req: Request) => {
      const asking = query as Asked['query'];
      const request: Asked = { params, query: asking, extra, client: turnOf(req, sight), sight };
      const reading = readings.of(params.id, sight);
      const { answer, document, asked } = await madeForm(ctx, form, { reading, request });
      if (ahead) {
        const encoding = chooseEncoding(req, document.body.length);
        reading.ctx.hot.asked(`choropleth/${params.id}`, asked, async (news) => {
          const { document: newest } = await madeForm(ctx, form, { reading, request, news });
          await newest.encoded(encoding);
        });
      }
      const sent = withHost(document, baseUrl(config, req));
      // What is kept for a year under this URL has another host's URLs in it for another host.
      if (sent !== document) res.vary('Host');
      await send(req, res, sent, cacheControl(answer.versioned && query.g === answer.version));
    },
  });
}
