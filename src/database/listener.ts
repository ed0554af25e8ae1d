import pg from 'pg';
import { CONNECT_TIMEOUT_MS, QUERY_TIMEOUT_MS } from './connect.ts';

/** A subscription to PostgreSQL notifications that mends itself. */
export interface NotificationListener {
  /** False while the connection is away: whoever caches must ask the database then. */
  readonly connected: boolean;
  /** Whether all that was notified up to two pings ago has surely been heard: who keeps copies may use them. */
  readonly isCurrent: boolean;
  /** Calls `handler` with the payload of each notification on `channel`. Returns the way to end it. */
  on(channel: string, handler: (payload: string) => void): () => void;
  /** Calls `handler` after each reconnection: notifications may have been missed. */
  onReconnect(handler: () => void): () => void;
  stop(): Promise<void>;
}

export interface ListenerOptions {
  /** Leads to PostgreSQL itself: through a pooler in transaction mode no notification arrives. */
  url: string;
  channels: readonly string[];
  onError: (error: Error) => void;
  /** How often the connection is tried, and how long an answer may take, in milliseconds. Default: 2,000. */
  pingMs?: number;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const PING_MS = 2_000;

/** Opens one connection that listens on the channels, and opens it again whenever it breaks. */
export async function startListener(options: ListenerOptions): Promise<NotificationListener> {
  const handlers = new Map<string, Set<(payload: string) => void>>();
  const reconnectHandlers = new Set<() => void>();
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  let delay = FIRST_RETRY_MS;
  let timer: NodeJS.Timeout | undefined;
  /** When the last question was put that was answered: by real time, whatever the application's clock says. */
  let provenAt = 0;
  const { pingMs = PING_MS } = options;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: 'telemy-listener',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    next.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '');
    });
    next.on('error', (error) => lost(next, error));
    next.on('end', () => lost(next, new Error('The listening connection was closed.')));
    try {
      await next.connect();
      provenAt = performance.now();
      for (const channel of options.channels) await next.query(`listen ${next.escapeIdentifier(channel)}`);
    } catch (error) {
      // One that came halfway would stay open beside the next.
      next.end().catch(() => {});
      throw error;
    }
    if (stopped) return next.end();
    client = next;
    delay = FIRST_RETRY_MS;
    // In the same breath: nobody may find the connection there and not know yet that something may have been missed.
    for (const handler of reconnectHandlers) handler();
    timer = setTimeout(ping, pingMs, next);
  };

  /** Notices a connection that neither breaks nor brings anything any more. */
  const ping = (which: pg.Client): void => {
    const askedAt = performance.now();
    // An answer may wait in the socket when the process was held up: it is looked for once more.
    timer = setTimeout(() => setImmediate(() => isAnswered || lost(which, silence(pingMs))), pingMs);
    let isAnswered = false;
    which.query('select 1').then(
      () => {
        if (which !== client) return;
        isAnswered = true;
        provenAt = askedAt;
        clearTimeout(timer);
        timer = setTimeout(ping, Math.max(0, askedAt + pingMs - performance.now()), which);
      },
      (error) => lost(which, error as Error),
    );
  };

  const lost = (which: pg.Client, error: Error): void => {
    if (stopped || which !== client) return;
    client = undefined;
    clearTimeout(timer);
    options.onError(error);
    // A polite end would wait for an answer that may never come.
    which.connection.stream.destroy();
    scheduleRetry();
  };

  const scheduleRetry = (): void => {
    retry = setTimeout(() => {
      connect().catch((error) => {
        options.onError(error as Error);
        delay = Math.min(delay * 2, LONGEST_RETRY_MS);
        if (!stopped) scheduleRetry();
      });
    }, delay);
  };

  await connect();

  return {
    get connected() {
      return client !== undefined;
    },
    get isCurrent() {
      return client !== undefined && performance.now() - provenAt <= 2 * pingMs;
    },
    on(channel, handler) {
      const set = handlers.get(channel) ?? new Set();
      handlers.set(channel, set.add(handler));
      return () => set.delete(handler);
    },
    onReconnect(handler) {
      reconnectHandlers.add(handler);
      return () => reconnectHandlers.delete(handler);
    },
    async stop() {
      stopped = true;
      clearTimeout(retry);
      clearTimeout(timer);
      // A polite end would wait for the server, which may hang.
      client?.connection.stream.destroy();
    },
  };
}

function silence(ms: number): Error {
  return new Error(`The listening connection gave no answer for ${ms} ms.`);
}
