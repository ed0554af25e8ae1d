import assert from 'node:assert/strict';
import pg from 'pg';
import { type NotificationListener, startListener } from '../../src/database/listener.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/test-run.ts';

const CHANNEL = 'news';
const LIMIT = { timeoutMs: 15_000 };

describe('A listener whose connection is half-open: the database is gone at its other end, and nobody tells', () => {
  let database: { url: string; drop(): Promise<void> };
  let proxy: DatabaseProxy;
  let listener: NotificationListener;
  const errors: Error[] = [];

  before(async () => {
    database = await createTestDatabase();
    proxy = await openDatabaseProxy(database.url);
    const onError = (error: Error) => void errors.push(error);
    listener = await startListener({ url: proxy.url, channels: [CHANNEL], onError, pingMs: 250 });
  });

  after(async () => {
    await listener?.stop();
    await proxy?.close();
    await database?.drop();
  });

  it('finds out by itself, says that it may have missed something, and hears again', async () => {
    let reconnections = 0;
    listener.onReconnect(() => {
      reconnections += 1;
    });
    assert.equal(listener.connected, true);
    proxy.lose();
    await eventually(() => assert.equal(reconnections, 1), LIMIT);
    assert.equal(listener.connected, true);
    assert.notEqual(errors.length, 0);

    const heard: string[] = [];
    listener.on(CHANNEL, (payload) => void heard.push(payload));
    await notify(database.url, 'again');
    await eventually(() => assert.deepEqual(heard, ['again']), LIMIT);
  });
});

async function notify(connectionString: string, payload: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('select pg_notify($1, $2)', [CHANNEL, payload]);
  await client.end();
}
