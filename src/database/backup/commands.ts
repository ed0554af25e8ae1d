import { Command } from 'commander';
import { boot, bootConfig } from '../../boot.ts';
import { systemClock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { onEndSignal } from '../../end-signal.ts';
import { addOperatorCommand, asCommand, OperatorError, type Printer } from '../../operator.ts';
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
export interface BackupCommandParts {
  /** Lets the reconciler of the database with this URL only report. */
  pauseFleet(url: string, reason: string): Promise<void>;
}

/** What a task works with. */
interface Context extends Printer {
  config: Config;
  storage: BackupStorage;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
  /** Tells a person at a terminal what is being done. */
  say: (text: string) => void;
}

/** `backup create|list|prune|verify|restore` */
export function backupCommand({ pauseFleet }: BackupCommandParts): Command {
  const backup = new Command('backup').description('Backups of the database: encrypted, counted, and tried.');

  addOperatorCommand(backup, 'create', 'make a backup now, then delete those that no rule keeps').action(
    asBackupTask(async ({ config, storage, signal, say, printOne }) => {
      // Without bringing the schema up to date: a backup is wanted most before that.
      const { directUrl: url, release } = await boot(process.env, say);
      try {
        const settings = config.backup;
        const manifest = await createBackup({ settings, storage, url, clock: systemClock, signal, say });
        if (!manifest) return;
        const pruned = await pruneBackups(storage, systemClock.now(), { dryRun: false });
        const line = toBackupLine({ manifest, verification: undefined }, systemClock.now());
        printOne({ ...line, place: storage.place, pruned: pruned.length });
      } finally {
        await release();
      }
    }),
  );

  addOperatorCommand(backup, 'list', 'the backups that are kept, newest first').action(
    asBackupTask(async ({ storage, print }) => {
      const { backups, unreadable } = await readInventory(storage);
      const lines = backups.toReversed().map((one) => toBackupLine(one, systemClock.now()));
      print(lines, `No backups in ${storage.place}.`);
      if (unreadable.length === 0) return;
      throw new BackupError(unreadable.map(({ file, reason }) => `${file} can't be read: ${reason}`).join('\n'));
    }),
  );

  addOperatorCommand(backup, 'prune', 'delete the backups that no rule keeps (7 daily, 4 weekly, 6 monthly)')
    .option('--dry-run', 'only say which ones')
    .action(
      asBackupTask(async ({ storage, print }, { dryRun = false }: { dryRun?: boolean }) => {
        const gone = await pruneBackups(storage, systemClock.now(), { dryRun });
        print(
          gone.map((name) => ({ [dryRun ? 'would_delete' : 'deleted']: name })),
          'Every backup is kept by a rule.',
        );
      }),
    );

  addOperatorCommand(backup, 'verify', 'restore a backup into a scratch database and compare it with its manifest')
    .argument('[name]', 'which one; the newest by default')
    .action(
      asBackupTask(async ({ config, storage, signal, say, printOne }, name?: string) => {
        const started = performance.now();
        const options = { settings: config.backup, storage, clock: systemClock, name, signal, say };
        const { name: backupName, tables } = await verifyBackup(options);
        const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
        const seconds = Math.round((performance.now() - started) / 100) / 10;
        printOne({ backup: backupName, verified: true, tables: Object.keys(tables).length, rows, seconds });
      }),
    );

  addOperatorCommand(backup, 'restore', 'restore a backup into an empty database; the fleet only reports there')
    .argument('<name>', 'which one')
    .requiredOption('--to <url>', 'the empty database; a password is better given as PGPASSWORD or PGPASSFILE')
    .action(
      asBackupTask(async ({ config, storage, signal, say, printOne }, name: string, { to }: { to: string }) => {
        if (!/^postgres(ql)?:\/\//.test(to)) throw new BackupError('--to must begin with postgres://');
        const { tables } = await restoreBackup({ settings: config.backup, storage, name, url: to, signal, say });
        await pauseFleet(to, `restored from ${name}`);
        const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
        printOne({ backup: name, restored: true, tables: Object.keys(tables).length, rows, reconciler: 'reports' });
      }),
    );

  return backup;
}

function asBackupTask<Args extends unknown[]>(task: (context: Context, ...args: Args) => Promise<void>) {
  return asCommand<Args>(async (printer, ...args) => {
    const config = bootConfig(process.env);
    const ending = new AbortController();
    onEndSignal((name) => ending.abort(new OperatorError(`${name}: broken off; nothing is left behind.`)));
    const storage = await openStorage(config.backup.destination);
    const say = (text: string): void => {
      if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
    };
    try {
      await task({ ...printer, config, storage, signal: ending.signal, say }, ...args);
    } catch (error) {
      if (ending.signal.aborted) throw ending.signal.reason;
      throw isTold(error) ? new OperatorError((error as Error).message, { cause: error }) : error;
    } finally {
      storage.close();
    }
  });
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
