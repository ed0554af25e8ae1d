/**
 * A process of its own that uses the embedded database, for tests of what several do to one: opens the data folder
 * given as its argument, writes what it got as one line of JSON, and at the word `release` on its input releases it,
 * writes a second line and ends.
 */
import { createInterface } from 'node:readline';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';

const dataDir = process.argv[2] ?? '';
const database = await openEmbeddedDatabase({ dataDir, settings: { fsync: 'off' } });
const { url, started, location } = database;
console.log(JSON.stringify({ url, started, location }));
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'release') continue;
  await database.release();
  console.log(JSON.stringify({ released: true }));
  break;
}
process.exit();
