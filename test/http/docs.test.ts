import assert from 'node:assert/strict';
import { ERRORS } from '../../server/errors.ts';
import { docsPages } from '../../server/http/docs/pages.ts';
import { renderMarkdown } from '../../server/http/docs/markdown.ts';
import { demoServer, once, type TestServer } from '../support/environment.ts';

/** As Chromium asks for a page. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const attributes = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(`<[^>]* ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value);

once('The documentation', () => {
  let server: TestServer;
  const pages = ['/docs', ...docsPages().map(({ path }) => path)];
  before(async function () {
    server = await demoServer();
  });

  const html = (path: string) => server.api.get(path).set('Accept', BROWSER);

  it('is a page to browsers and Markdown to everybody else, each with an ETag of its own', async () => {
    const page = await html('/docs/audit')
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    assert.match(page.get('Vary') ?? '', /\bAccept\b(?!-)/);
    const curl = await server.api.get('/docs/audit').set('Accept', '*/*').expect(200);
    assert.match(curl.get('Vary') ?? '', /\bAccept\b(?!-)/);
    assert.match(curl.text, /^# The audit log\n/);
    assert.notEqual(curl.get('ETag'), page.get('ETag'));
    await html('/docs/audit').set('If-None-Match', page.get('ETag')!).expect(304);
    for (const [path, accept] of [
      ['/docs/audit', 'text/markdown'],
      ['/docs/audit', 'text/markdown, text/html;q=0.9'],
      ['/docs/audit', 'image/png'],
      ['/docs/audit.md', BROWSER],
      ['/docs/integrations/embed.md', '*/*'],
    ] as const)
      await server.api
        .get(path)
        .set('Accept', accept)
        .expect(200)
        .expect('Content-Type', /^text\/markdown/);
    await html('/docs/none').expect(404);
    await html('/docs/none.md').expect(404);
  });

  it('leads nowhere where nothing is, in both forms, anchors included', async function () {
    const broken: string[] = [];
    const ids = new Map<string, Set<string>>();
    const idsOf = async (path: string): Promise<Set<string>> => {
      const known = ids.get(path);
      if (known) return known;
      const { text } = await html(path);
      const found = new Set(attributes(text ?? '', 'id'));
      ids.set(path, found);
      return found;
    };
    const statuses = new Map<string, number>();
    const check = async (from: string, href: string): Promise<void> => {
      const { origin, pathname, search, hash } = new URL(href.replaceAll('&amp;', '&'), server.url + from);
      if (origin !== server.url) return;
      const address = pathname + search;
      if (!statuses.has(address)) statuses.set(address, (await html(address)).status);
      if (statuses.get(address) !== 200) broken.push(`${from}: ${href} is ${statuses.get(address)}`);
      else if (
        hash !== '' &&
        !(await idsOf(pathname.replace(/^(\/docs.*)\.md$/, '$1'))).has(decodeURIComponent(hash.slice(1)))
      )
        broken.push(`${from}: ${href} has no such anchor`);
    };
    for (const path of [...pages, '/CHANGELOG.md', '/CONTRIBUTING.md', '/data/base/README.md']) {
      const { text } = await html(path).expect(200);
      const links = [...attributes(text, 'href'), ...attributes(text, 'src')];
      assert.ok(links.length > 30, path);
      for (const href of links) await check(path, href);
      const { text: markdown } = await server.api.get(path).expect(200);
      const source = markdown.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
      for (const [, href = ''] of source.matchAll(/\]\(([^)\s]+)\)/g)) await check(path, href);
    }
    assert.deepEqual(broken, []);
    assert.ok(statuses.size > pages.length);
  });

  it('explains each error where problems point to', async () => {
    const { text } = await html('/docs/errors').expect(200);
    const ids = new Set(attributes(text, 'id'));
    assert.deepEqual(
      Object.keys(ERRORS).filter((code) => !ids.has(code)),
      [],
    );
    assert.equal(attributes(text, 'id').length, ids.size, 'an id is there twice');
  });

  it('takes nothing for HTML that a page says, and runs nothing', async () => {
    const source =
      '# A <b>title</b>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n' +
      '```js\nconst a = "</code><script>"; // </pre>\n```\n\n| a | b |\n| - | - |\n| `<i>` | "\'> |\n';
    const { html: made } = renderMarkdown(source, (href) => (href.includes(':') ? undefined : href));
    const tags = new Set([...made.matchAll(/<\/?(\w+)/g)].map(([, tag = '']) => tag));
    for (const tag of ['script', 'img', 'b', 'i']) assert.ok(!tags.has(tag), `${tag} in ${made}`);
    assert.doesNotMatch(made, /<[^>]*(javascript|onerror)/);
    for (const path of pages)
      assert.doesNotMatch((await html(path)).text, /<script(?![^>]* src=)|<style| style="/);
  });

  it('is searched by passages that its pages have', async () => {
    const { body } = await server.api.get('/docs/passages.json').expect(200);
    const { passages } = body as { passages: { path: string; heading: string; text: string }[] };
    const found = passages.find(({ path }) => path === 'docs/audit#reading-it');
    assert.equal(found?.heading, 'Reading it');
    assert.ok(passages.every(({ path, heading }) => path.includes('#') && heading !== ''));
    assert.ok(
      passages.some(({ text }) => text.includes('refresh.requested')),
      'cells of tables are words too',
    );
  });
});
