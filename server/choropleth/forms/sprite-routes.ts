import { json, Representation, send } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { makeSprite } from './sprite.ts';

const CACHE = 'public, max-age=86400';

/** What MapLibre asks for when a style names `/gis/sprite`: an index and an image, for plain and dense screens. */
export function spriteRoutes(): Route[] {
  return [1, 2].flatMap((ratio) => {
    const { index, png } = makeSprite(ratio);
    const path = `/gis/sprite${ratio === 1 ? '' : `@${ratio}x`}`;
    const forms = [
      { path: `${path}.json`, type: 'application/json', answer: json(index), schema: { type: 'object' } },
      {
        path: `${path}.png`,
        type: 'image/png',
        answer: new Representation(png, 'image/png'),
        schema: { type: 'string', format: 'binary' },
      },
    ];
    return forms.map(({ path: formPath, type, answer, schema }) =>
      route({
        method: 'get',
        path: formPath,
        tag: 'choropleths',
        summary: `Hatching of our styles, ${ratio} image pixel${ratio === 1 ? '' : 's'} per map pixel`,
        responses: { 200: { description: 'The sprite', content: { [type]: schema } } },
        handle: (_request, res, req) => send(req, res, answer, CACHE),
      }),
    );
  });
}
