import type { Readable } from 'node:stream';
import type pg from 'pg';
import { BackupDamagedError } from './backup-error.ts';
import { readFigures } from './database-figures.ts';
import { type DatabaseFigures, differencesFrom } from './manifest.ts';
import { runPostgresTool } from './postgres-run.ts';

/** Longest time of a restore, in milliseconds: 12 hours. */
const RESTORE_LIMIT_MS = 12 * 3_600_000;
/** Most differences that are told. */
const MOST_TOLD = 10;

export interface LoadOptions {
  /** pg_restore's absolute path. */
  pgRestore: string;
  /** An empty database. */
  url: string;
  signal?: AbortSignal | undefined;
}

/** Restores a dump into an empty database, whose user owns everything then: all of it, or nothing. */
export async function loadDump(dump: Readable, { pgRestore, url, signal }: LoadOptions): Promise<void> {
  const args = ['--no-owner', '--no-acl', '--exit-on-error', '--single-transaction', '--no-password'];
  // Without --dbname it would print SQL; an empty connection string leaves everything to the environment.
  await runPostgresTool(pgRestore, [...args, '--dbname='], { url, input: dump, timeoutMs: RESTORE_LIMIT_MS, signal });
}

/** @throws BackupDamagedError that names the tables whose rows differ, and the sums of the ledger. */
export async function assertFigures(client: pg.Client, expected: DatabaseFigures): Promise<void> {
  const differences = differencesFrom(expected, await readFigures(client));
  if (differences.length === 0) return;
  const told = differences.slice(0, MOST_TOLD).join('; ');
  const more = differences.length > MOST_TOLD ? `; and ${differences.length - MOST_TOLD} more` : '';
  throw new BackupDamagedError(`What was restored differs from the manifest: ${told}${more}.`);
}
