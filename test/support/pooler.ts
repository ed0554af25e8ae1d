import { openDatabaseProxy } from './database-proxy.ts';

/** What the service sees of a pooler in transaction mode (PgBouncer): it refuses settings of a session. */
export interface Pooler {
  /** URL of the database through the pooler. */
  url: string;
  /** Everything that clients sent: startup parameters and statements. */
  sent(): string;
  close(): Promise<void>;
}

/** Opens a pooler on loopback before the database at `url`. */
export async function openPooler(url: string): Promise<Pooler> {
  let sent = '';
  const proxy = await openDatabaseProxy(url, (bytes, client) => {
    sent += bytes.toString('latin1');
    if (bytes.includes('\0options\0')) client.end(fatalError('unsupported startup parameter: options'));
  });
  return { url: proxy.url, sent: () => sent, close: proxy.close };
}

/** PostgreSQL's ErrorResponse, as PgBouncer writes it. */
function fatalError(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C08P01\0M${message}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
