import pg from 'pg';
import { CONNECT_TIMEOUT_MS, QUERY_TIMEOUT_MS } from './connect.ts';

/** A subscription to PostgreSQL notifications that mends itself. */
export interface NotificationListener {
  /** False while the connection is away: whoever caches must ask the database then. */
  readonly connected: boolean;
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
  /**
   * How often the connection is asked whether it is still there, in milliseconds. Without an answer by the next time, it is
   * given up: one whose other end vanished silently would stay open for hours, and no notification arrive. Default: 5,000.
   */
  heartbeatMs?: number;
}

const HEARTBEAT_MS = 5_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** Opens one connection that listens on the channels, and opens it again whenever it breaks. */
export async function startListener(options: ListenerOptions): Promise<NotificationListener> {
  const { heartbeatMs = HEARTBEAT_MS } = options;
  const handlers = new Map<string, Set<(payload: string) => void>>();
  const reconnectHandlers = new Set<() => void>();
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let stopped = false;
  let delay = FIRST_RETRY_MS;

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
      for (const channel of options.channels) await next.query(`listen ${next.escapeIdentifier(channel)}`);
    } catch (error) {
      // One that came halfway would stay open beside the next.
      next.end().catch(() => {});
      throw error;
    }
    if (stopped) return next.end();
    client = next;
    delay = FIRST_RETRY_MS;
    heartbeat = setInterval(() => void beat(next), heartbeatMs);
  };

  const beat = async (which: pg.Client): Promise<void> => {
    // pg takes the time limit per query too; its types don't know.
    const question: pg.QueryConfig & { query_timeout: number } = { text: 'select 1', query_timeout: heartbeatMs };
    await which.query(question).catch((error) => lost(which, error));
  };

  const lost = (which: pg.Client, error: Error): void => {
    if (stopped || which !== client) return;
    client = undefined;
    clearInterval(heartbeat);
    options.onError(error);
    // A polite end would wait for a server that may be gone.
    which.connection.stream.destroy();
    scheduleRetry();
  };

  const scheduleRetry = (): void => {
    retry = setTimeout(() => {
      connect().then(
        () => {
          for (const handler of reconnectHandlers) handler();
        },
        (error) => {
          options.onError(error as Error);
          delay = Math.min(delay * 2, LONGEST_RETRY_MS);
          if (!stopped) scheduleRetry();
        },
      );
    }, delay);
  };

  await connect();

  return {
    get connected() {
      return client !== undefined;
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
      clearInterval(heartbeat);
      // A polite end would wait for the server, which may hang.
      client?.connection.stream.destroy();
    },
  };
}
