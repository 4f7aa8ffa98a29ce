import { serve } from './serve.ts';

/** `npm start`: serves what the environment says. `chorograph serve` takes words besides. */
await serve();
