/** pg's error when a result takes longer than `query_timeout`; it has no code. */
export const QUERY_TIMEOUT_MESSAGE = 'Query read timeout';

/** SQLSTATEs of a server that is starting, stopping, out of connections or too slow, or doesn't take our login any more. */
const UNAVAILABLE_STATES = new Set([
  '28000',
  '28P01',
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
/** What pg says without a code. */
const UNAVAILABLE_MESSAGES = new RegExp(
  [
    'Connection terminated',
    'Client has encountered a connection error',
    'Client was closed',
    'timeout expired',
    'timeout exceeded when trying to connect',
    'connection timeout',
    QUERY_TIMEOUT_MESSAGE,
  ].join('|'),
  'i',
);

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

/** Whether an error says that a lock was not to be had in the time that the statement was given for it. */
export function isLockUnavailable(error: unknown): boolean {
  return (error as { code?: string }).code === '55P03';
}

/** The schema is not one that this release can work on; the message says what to do. */
export class SchemaMismatchError extends Error {
  override name = 'SchemaMismatchError';
}
