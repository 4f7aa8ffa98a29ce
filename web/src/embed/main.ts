import { EmbeddedMap } from './page.ts';
import { LANGUAGE } from '../language.ts';

document.documentElement.lang = LANGUAGE;
const root = document.getElementById('app');
if (!root) throw new Error('the page has no element with the id app');
await new EmbeddedMap(root, location).start();
