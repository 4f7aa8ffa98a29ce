import { h } from '../dom.ts';
import { LANGUAGE } from '../language.ts';
import { siteBar } from '../site.ts';
import { operationsOf, type OpenApi } from './operations.ts';
import { ConsolePage } from './page.ts';
import { lookAround } from './start.ts';
import { CONSOLE_TEXTS as TEXTS } from './texts.ts';

document.documentElement.lang = LANGUAGE;
const root = document.getElementById('app');
if (!root) throw new Error('the page has no element with the id app');
try {
  const [response, present] = await Promise.all([fetch('openapi.json'), lookAround()]);
  new ConsolePage(root, operationsOf((await response.json()) as OpenApi), present);
} catch {
  root.replaceChildren(
    siteBar('api', ''),
    h('main', { class: 'request' }, h('p', { role: 'alert' }, TEXTS.unreachable)),
  );
}
