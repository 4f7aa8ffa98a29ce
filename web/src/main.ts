import { Explorer } from './explorer.ts';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no element with the id app');
await new Explorer(root).start();
