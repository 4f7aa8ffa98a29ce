import { LANGUAGE } from '../language.ts';
import { AdminPage } from './page.ts';
import { TEXTS } from './texts.ts';

document.documentElement.lang = LANGUAGE;
document.title = `${TEXTS.title} · Chorograph`;

const root = document.getElementById('app');
if (!root) throw new Error('the page has no element with the id app');
new AdminPage(root).start();
