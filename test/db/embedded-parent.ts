/** Opens the embedded database, makes it hang in a query, and tells its process id: to be killed by a test. */
import { openEmbedded } from '../../server/db/embedded/index.ts';
import { connect } from './embedded-support.ts';

const [dataDir = '', templateDir] = process.argv.slice(2);
const database = await openEmbedded({ dataDir, templateDir });
const client = await connect(database.connection);
await client.query('create table committed as select 1 as n');
client.query('select count(*) from generate_series(1, 1e10)').catch(() => {});
setTimeout(() => process.send?.(database.pid), 300);
