import { ConfigError } from './config.ts';
import { isDatabaseUnavailable, SchemaMismatchError } from './database/errors.ts';

/** Tells the person at the screen; the log is for what happens later. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A start failed elsewhere; the message is what was said there. */
export class StartError extends Error {
  override name = 'StartError';
}

/** Why the service doesn't start, and what to do where that is known. */
export function explainStart(error: unknown): string {
  const isSaid = error instanceof ConfigError || error instanceof StartError;
  return isSaid ? error.message : `The start failed: ${explain(error)}`;
}

/** What went wrong, and what to do where that is known. */
export function explain(error: unknown): string {
  const { code, port, stack, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return `port ${port} is taken, perhaps by another server of yours. Set LISTEN_ADDR and ADMIN_LISTEN_ADDR to others.`;
  }
  if (code === 'EACCES') return `port ${port} is not allowed for this user. Set LISTEN_ADDR to one above 1023.`;
  if (isDatabaseUnavailable(error))
    return `the database cannot be reached (${message || code}). Is DATABASE_URL right?`;
  return error instanceof SchemaMismatchError ? message : (stack ?? String(error));
}
