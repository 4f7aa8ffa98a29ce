import { LayersPage } from './page.ts';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no element with the id app');
void new LayersPage(root).start();
