import { boot, bootConfig } from '../../boot.ts';
import { systemClock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { onEndSignal } from '../../end-signal.ts';
import { OperatorError, type Printer } from '../../operator.ts';
import { isDatabaseUnavailable } from '../errors.ts';
import { BackupDamagedError, BackupError } from './backup-error.ts';
import { readInventory } from './backups.ts';
import { createBackup } from './create.ts';
import { PostgresToolError } from './postgres-run.ts';
import { PostgresToolsMissingError } from './postgres-tools.ts';
import { pruneBackups } from './prune.ts';
import { restoreBackup } from './restore.ts';
import { type BackupStorage, openStorage } from './storage.ts';
import { verifyBackup } from './verify.ts';
import { toBackupLine } from './view.ts';

/** What backups need of other parts. */
export interface BackupParts {
  /** Lets the reconciler of the database with this URL only report. */
  pauseFleet(url: string, reason: string): Promise<void>;
}

/** What a task works with. */
export interface BackupContext extends Printer {
  config: Config;
  storage: BackupStorage;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
  /** Tells a person at a terminal what is being done. */
  say: (text: string) => void;
}

/** `backup create`. The schema is not brought up to date: a backup is wanted most before that. */
export async function create({ config, storage, signal, say, printOne }: BackupContext): Promise<void> {
  const { directUrl: url, release } = await boot(process.env, say);
  try {
    const manifest = await createBackup({ settings: config.backup, storage, url, clock: systemClock, signal, say });
    if (!manifest) return;
    const pruned = await pruneBackups(storage, systemClock.now(), { dryRun: false });
    const line = toBackupLine({ manifest, verification: undefined }, systemClock.now());
    printOne({ ...line, place: storage.place, pruned: pruned.length });
  } finally {
    await release();
  }
}

/** `backup list` */
export async function list({ storage, print }: BackupContext): Promise<void> {
  const { backups, unreadable } = await readInventory(storage);
  const lines = backups.toReversed().map((one) => toBackupLine(one, systemClock.now()));
  print(lines, `No backups in ${storage.place}.`);
  if (unreadable.length === 0) return;
  throw new BackupError(unreadable.map(({ file, reason }) => `${file} can't be read: ${reason}`).join('\n'));
}

/** `backup prune` */
export async function prune(
  { storage, print }: BackupContext,
  { dryRun = false }: { dryRun?: boolean },
): Promise<void> {
  const gone = await pruneBackups(storage, systemClock.now(), { dryRun });
  print(
    gone.map((name) => ({ [dryRun ? 'would_delete' : 'deleted']: name })),
    'Every backup is kept by a rule.',
  );
}

/** `backup verify` */
export async function verify(
  { config, storage, signal, say, printOne }: BackupContext,
  name?: string,
  against?: string,
): Promise<void> {
  if (against !== undefined) assertPostgresUrl('--against', against);
  const started = performance.now();
  const options = { settings: config.backup, storage, clock: systemClock, name, against, signal, say };
  const { name: backupName, tables } = await verifyBackup(options);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  printOne({ backup: backupName, verified: true, ...countOf(tables), seconds });
}

/** `backup restore` */
export async function restore(
  { config, storage, signal, say, printOne }: BackupContext,
  { pauseFleet }: BackupParts,
  name: string,
  to: string,
): Promise<void> {
  assertPostgresUrl('--to', to);
  const { tables } = await restoreBackup({ settings: config.backup, storage, name, url: to, signal, say });
  await pauseFleet(to, `restored from ${name}`);
  printOne({ backup: name, restored: true, ...countOf(tables), reconciler: 'reports' });
}

function assertPostgresUrl(option: string, url: string): void {
  if (!/^postgres(ql)?:\/\//.test(url)) throw new BackupError(`${option} must begin with postgres://`);
}

function countOf(tables: Readonly<Record<string, number>>): { tables: number; rows: number } {
  const counts = Object.values(tables);
  return { tables: counts.length, rows: counts.reduce((sum, count) => sum + count, 0) };
}

/** Opens the configured storage for a task, and closes it however that ends. What an operator can mend is told as such. */
export async function withStorage(printer: Printer, task: (context: BackupContext) => Promise<void>): Promise<void> {
  const config = bootConfig(process.env);
  const ending = new AbortController();
  onEndSignal((name) => ending.abort(new OperatorError(`${name}: broken off; nothing is left behind.`)));
  const storage = await openStorage(config.backup.destination);
  const say = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
  };
  try {
    await task({ ...printer, config, storage, signal: ending.signal, say });
  } catch (error) {
    if (ending.signal.aborted) throw ending.signal.reason;
    throw isTold(error) ? new OperatorError((error as Error).message, { cause: error }) : error;
  } finally {
    storage.close();
  }
}

const TOLD = [BackupError, BackupDamagedError, PostgresToolError, PostgresToolsMissingError];

/** Whether the message says all that an operator needs. */
function isTold(error: unknown): boolean {
  if (TOLD.some((kind) => error instanceof kind)) return true;
  // The storage's own words, such as a full disk or a wrong key; those of a database that is away are explained elsewhere.
  if (isRefusedLogin(error)) return true;
  const { code, $fault } = error as NodeJS.ErrnoException & { $fault?: string };
  return $fault !== undefined || (typeof code === 'string' && /^E[A-Z]+$/.test(code) && !isDatabaseUnavailable(error));
}

/** SQLSTATEs of a wrong user or password and of a database that isn't there. */
const isRefusedLogin = (error: unknown): boolean => /^(28...|3D000)$/.test((error as { code?: string }).code ?? '');
