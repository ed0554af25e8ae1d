import type { Database } from '../database/connect.ts';

export interface LimitsDatabaseOptions {
  database: Database;
  /** Longest wait for a result, in milliseconds. */
  waitMs: number;
  /** How long nothing is asked behind a failure, in milliseconds; then one statement tries. */
  restMs: number;
  /** The database stopped answering, or answers again. */
  onApart(error: unknown): void;
  onShared(): void;
  /** A statement that got no result. */
  onMissed(): void;
}

/** The part of pg's client that rate-limiter-flexible uses. */
export interface LimitsDatabase {
  /** @throws what the database throws; Error when it takes too long, or is being left alone. */
  query(statement: { text: string; values: unknown[] }): Promise<{ rows: unknown[]; rowCount: number }>;
}

/** Runs the limiter's statements on the pool of the requests, none of which waits long for its count. */
export function createLimitsDatabase(options: LimitsDatabaseOptions): LimitsDatabase {
  const { database, waitMs, restMs } = options;
  let apart = false;
  let restsUntil = 0;

  const ask = async (text: string, values: unknown[]) => {
    if (apart && performance.now() < restsUntil) throw new Error('The shared limits are being left alone.');
    // Of many at once, one tries.
    restsUntil = performance.now() + restMs;
    try {
      const result = await withinMs(waitMs, run(database, text, values));
      if (apart) options.onShared();
      apart = false;
      return result;
    } catch (error) {
      restsUntil = performance.now() + restMs;
      if (!apart) options.onApart(error);
      apart = true;
      throw error;
    }
  };

  return {
    async query({ text, values }) {
      try {
        return await ask(text, values);
      } catch (error) {
        options.onMissed();
        throw error;
      }
    },
  };
}

/** Without the limiter's name for it: prepared statements belong to a session, and a pooler gives each transaction another. */
function run(database: Database, text: string, values: unknown[]) {
  const bindings = Object.fromEntries(values.map((value, index) => [`p${index + 1}`, value]));
  return database.raw<{ rows: unknown[]; rowCount: number }>(text.replace(/\$(\d+)/g, ':p$1'), bindings as never);
}

async function withinMs<T>(ms: number, work: PromiseLike<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`The database took longer than ${ms} ms.`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
