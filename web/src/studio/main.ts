import { StudioPage } from './page.ts';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no element with the id app');
new StudioPage(root).start();
