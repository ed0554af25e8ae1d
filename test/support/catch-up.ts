import pg from 'pg';
import { createBatcher } from '../../src/batcher.ts';
import type { NotificationListener } from '../../src/database/listener.ts';
import { ACCOUNT_CHANNEL } from '../../src/features/account-view/index.ts';

/** Waits for what is written behind an application's back to be known to it. */
export interface CatchUp {
  /** Resolves once the application has heard of every change that was committed before. */
  wait(): Promise<void>;
  close(): Promise<void>;
}

/** A database that hangs says nothing, and an application that hears nothing asks it anyway. */
const GIVE_UP_MS = 1_000;
/** Calls that share one question. */
const MOST_CALLS = 1_000;

/** @param url leads to PostgreSQL itself. */
export function followListener({ listener }: { listener: NotificationListener }, url: string): CatchUp {
  let client: Promise<pg.Client | null> | undefined;
  let asked = 0;

  const ask = createBatcher<void>(async () => {
    asked += 1;
    // No account's name: nothing is forgotten for it.
    const word = `#${asked}`;
    const heard = Promise.withResolvers<void>();
    const timer = setTimeout(heard.resolve, GIVE_UP_MS);
    // Notifications arrive in the order of the commits.
    const stop = listener.on(ACCOUNT_CHANNEL, (payload) => payload === word && heard.resolve());
    client ??= open(url);
    const asker = await client;
    const sent = await asker?.query('select pg_notify($1, $2)', [ACCOUNT_CHANNEL, word]).catch(() => undefined);
    if (sent) await heard.promise;
    else client = undefined;
    clearTimeout(timer);
    stop();
  }, MOST_CALLS);

  return {
    wait: async () => {
      if (listener.isCurrent) await ask();
    },
    async close() {
      (await client)?.connection.stream.destroy();
    },
  };
}

/** Null: the database is away, as some tests want it. */
async function open(connectionString: string): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString,
    application_name: 'test-catch-up',
    connectionTimeoutMillis: GIVE_UP_MS,
    query_timeout: GIVE_UP_MS,
  });
  client.on('error', () => {});
  return client.connect().then(
    () => client,
    () => null,
  );
}
