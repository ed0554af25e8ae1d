import { randomBytes } from 'node:crypto';
import { connectFor } from './snapshot.ts';

/**
 * Runs the work on an empty database that is made for it on a server which is there already, and dropped however the work
 * ends. No other database of the server is touched.
 *
 * @param server URL of a database of it, whose user may make databases.
 * @throws what PostgreSQL says of the server or the user; what the work throws.
 */
export async function withScratchDatabase<T>(server: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `telemy_scratch_${randomBytes(6).toString('hex')}`;
  const client = await connectFor(server);
  try {
    // Whatever the server's own template holds or is ordered by.
    await client.query(`create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`);
    try {
      const url = new URL(server);
      url.pathname = `/${name}`;
      return await work(url.href);
    } finally {
      await client.query(`drop database ${name} with (force)`);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
