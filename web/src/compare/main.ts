import { LANGUAGE } from '../language.ts';
import { ComparePage } from './page.ts';

document.documentElement.lang = LANGUAGE;
const root = document.getElementById('app');
if (!root) throw new Error('the page has no element with the id app');
await new ComparePage(root).start();
