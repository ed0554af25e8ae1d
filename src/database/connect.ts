import knex, { type Knex } from 'knex';

/** A connection pool, or a transaction on it: what a store needs to run SQL. */
export type Database = Knex;
export type Transaction = Knex.Transaction;

export interface ConnectOptions {
  url: string;
  /** Most connections at once. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
}

/** How long a request waits for a connection before it is answered 503, in milliseconds. */
const ACQUIRE_TIMEOUT_MS = 5_000;
/** Longest run of one statement, in milliseconds: a stuck query must not hold a connection for ever. */
const STATEMENT_TIMEOUT_MS = 15_000;

/** Opens a pool on PostgreSQL. Connections are made when they are needed; times are UTC. */
export function connectDatabase(options: ConnectOptions): Database {
  return knex({
    client: 'pg',
    connection: {
      connectionString: options.url,
      application_name: options.applicationName,
      options: `-c timezone=UTC -c statement_timeout=${STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=30000`,
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      keepAlive: true,
    },
    pool: { min: 0, max: options.poolSize ?? 10, propagateCreateError: true },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    log: { warn() {}, error() {}, debug() {}, deprecate() {} },
  });
}

/** SQLSTATEs of a server that is starting, stopping, out of connections or too slow. */
const UNAVAILABLE_STATES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '53300',
  '53400',
  '57014',
  '25P03',
  '40001',
  '40P01',
  '25006',
]);
const UNAVAILABLE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const UNAVAILABLE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|connection timeout/i;

/** Whether an error says that the database is away or overloaded, rather than that our SQL is wrong. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  const code = (error as { code?: string }).code ?? '';
  return (
    error.name === 'KnexTimeoutError' ||
    UNAVAILABLE_STATES.has(code) ||
    code.startsWith('08') ||
    UNAVAILABLE_CODES.has(code) ||
    UNAVAILABLE_MESSAGES.test(error.message)
  );
}

/** Whether an error is the violation of the named unique index or constraint. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const { code, constraint: violated } = error as { code?: string; constraint?: string };
  return code === '23505' && violated === constraint;
}
