import { z } from 'zod';
import { json, send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import type { JoinsContext } from './context.ts';
import { checkCodes, diagnose } from './doctor.ts';
import { joinDocument } from './document.ts';
import { confirm } from './matches.ts';
import { confirmation } from './recorded.ts';

/** A request never confirms more than a person looked at. */
const MOST_CONFIRMED = 500;

const word = (most: number) =>
  z
    .string({ error: `a text of 1 to ${most} characters` })
    .min(1, `a text of 1 to ${most} characters`)
    .max(most, `a text of 1 to ${most} characters`)
    .refine((value) => !value.includes('\u0000'), 'free of NUL characters');

const body = z.strictObject({
  set: word(64).meta({ description: 'A region set of maps.yaml', example: 'kabupaten' }),
  table: word(130).meta({ description: 'A table or view', example: 'public.santri_pribadi' }),
  column: word(63).meta({ description: 'Its column with names or codes of regions', example: 'kabupaten' }),
  parent: word(63)
    .optional()
    .meta({ description: 'Its column with the names of the regions above', example: 'provinsi' }),
  confirm: z
    .array(
      z.strictObject({
        value: word(500).meta({ description: 'As the table has it', example: 'Kab Bandng' }),
        parent: word(500).optional().meta({ description: 'The region above, where the table says one' }),
        code: word(200).meta({ description: 'Code of the region that it is', example: '3204' }),
      }),
      { error: `a list of up to ${MOST_CONFIRMED} matches` },
    )
    .max(MOST_CONFIRMED, `a list of up to ${MOST_CONFIRMED} matches`)
    .default([])
    .meta({ description: 'Matches to remember, from now on and for every table' }),
});

export function joinRoutes(ctx: JoinsContext): Route[] {
  return [
    route({
      method: 'post',
      path: '/joins',
      tag: 'joins',
      summary: 'Which regions the names in a column are of, in the terms of OGC API Joins',
      access: ctx.keys.require('admin'),
      body,
      responses: {
        200: { description: 'What a join would match', content: { 'application/json': { type: 'object' } } },
      },
      handle: async ({ body: { set, confirm: confirmed, ...source } }, res, req) => {
        let joined = await diagnose(ctx.db, ctx.maps, set, source);
        if (confirmed.length > 0) {
          checkCodes(
            joined.regions,
            confirmed.map(({ code }) => code),
          );
          const matches = confirmed.map(({ parent, ...match }) => ({ ...match, parent }));
          const who = await ctx.auditing.who(req);
          await ctx.db.transaction(async (tx) => {
            await confirm(tx, set, matches);
            await ctx.auditing.record(tx, confirmation(who, set, matches.length));
          });
          joined = await diagnose(ctx.db, ctx.maps, set, source);
        }
        // Names of whoever is in the table are kept by nobody on the way.
        await send(req, res, json(joinDocument(joined)), 'private, no-store');
      },
    }),
  ];
}
