import { benchCached } from './cached.ts';
await benchCached(process.env.DATABASE_URL ?? '');
