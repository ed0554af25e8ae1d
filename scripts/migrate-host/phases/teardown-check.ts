import { bootConfig } from '../../../src/boot.ts';
import { readInventory } from '../../../src/database/backup/backups.ts';
import { openStorage } from '../../../src/database/backup/storage.ts';
import { createRouteClient } from '../cloudflare.ts';
import { canWrite, servicesAt } from '../database.ts';
import { readDumpNote } from '../dump-files.ts';
import { moveDifferences } from '../figures.ts';
import { MoveError } from '../move-error.ts';
import type { Move, Phase } from '../phase.ts';
import { figuresOf } from './verify.ts';

/** How long the way back stays open, in hours. */
const WAIT_HOURS = 24;

/** Says when the old host may go; takes nothing down itself. */
export const teardownCheck: Phase = {
  description:
    'say whether the old host may be taken down: a day later, unused, and with a verified backup of the new one',
  changes: false,
  preview: async () => [{ step: 'look', where: 'both hosts', now: '', becomes: '' }],
  async run(move) {
    const { config } = move;
    const since = Date.parse(String(move.journal().phases.cutover?.finished_at));
    const hours = (move.clock.now().getTime() - since) / 3_600_000;
    const faults: string[] = [];
    if (hours < WAIT_HOURS) {
      faults.push(`${(WAIT_HOURS - hours).toFixed(1)} hours are left of the ${WAIT_HOURS} behind the cutover`);
    }
    const { address } = await createRouteClient(config).read();
    if (address !== new URL(config.new.origin).hostname)
      faults.push(`the record leads to ${address}, not to the new host`);
    if (await canWrite(config.old.databaseUrl)) faults.push('the old database can be written to');
    if (!(await canWrite(config.new.databaseUrl))) faults.push('the new database is read-only');
    const running = await servicesAt(config.old.databaseUrl);
    if (running.length > 0) faults.push(`the service still runs on the old host (${running.join(', ')}): stop it`);
    const written = moveDifferences(readDumpNote(config.workDir).figures, await figuresOf(config.old.databaseUrl));
    if (written.length > 0) faults.push(`the old database was written to: ${written.join('; ')}`);
    const backup = await findBackupSince(move, since);
    if (!backup) {
      faults.push(
        'no verified backup was made behind the cutover: npm run backup -- create, then verify (same BACKUP_*)',
      );
    }
    if (faults.length > 0) throw new MoveError(`Leave the old host as it is:\n  ${faults.join('\n  ')}`);
    return { old_host: 'may go', hours: Math.floor(hours), backup };
  },
};

async function findBackupSince({ env }: Move, since: number): Promise<string | undefined> {
  // The token is for the move's zone, not for relays' names, which would need a domain.
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CLOUDFLARE_')));
  const storage = await openStorage(bootConfig(own).backup.destination);
  try {
    const { backups } = await readInventory(storage);
    const good = backups.filter((one) => one.verification?.ok && Date.parse(one.manifest.started_at) > since);
    return good.at(-1)?.manifest.name;
  } finally {
    storage.close();
  }
}
