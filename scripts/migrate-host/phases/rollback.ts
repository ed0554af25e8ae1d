import { createRouteClient } from '../cloudflare.ts';
import { canWrite, closeForWrites, openForWrites } from '../database.ts';
import { leadingSteps, leadTo, makeWriter } from '../lead-to.ts';
import { countLosses, type Loss } from '../losses.ts';
import { MoveError } from '../move-error.ts';
import type { Move, Phase, Step } from '../phase.ts';

/** The old host is the writer again. What only the new one has stays there, read-only. */
export const rollback: Phase = {
  description: 'lead everything back to the old host, and let it write again',
  changes: true,
  async preview(move) {
    const { config } = move;
    return [...(await leadingSteps(config, config.old)), ...(await lossesOf(move)).map(toStep)];
  },
  async run(move) {
    const { config, options, say, journal } = move;
    if (!options.acceptLoss) assertNoLoss(await lossesOf(move));
    const wasOpen = await canWrite(config.new.databaseUrl);
    say('The new host stops writing …');
    await closeForWrites(config.new.databaseUrl);
    const losses = await lossesOf(move);
    if (!options.acceptLoss && losses.length > 0) {
      // Written in between; the new host goes on, as nothing was taken back yet.
      if (wasOpen) await openForWrites(config.new.databaseUrl);
      assertNoLoss(losses);
    }
    say('Leading the record back …');
    await leadTo(config, config.old);
    const ttl = journal().kept.record?.ttl;
    if (ttl !== undefined) await createRouteClient(config).setTtl(ttl);
    const worker = await makeWriter(config, config.old, config.new);
    return { record: config.old.origin, writer: 'old', worker, losses };
  },
};

/** Nothing can be lost before the new host has been let write. */
async function lossesOf({ config, journal }: Move): Promise<Loss[]> {
  const { phases } = journal();
  // The old host goes on from the moment at which it stopped; so far only a cutover lets the new one write.
  if (!phases.cutover?.started_at || (await canWrite(config.old.databaseUrl))) return [];
  return countLosses(config.old.databaseUrl, config.new.databaseUrl);
}

const toStep = ({ table, added, changed, removed }: Loss): Step => ({
  step: 'lost',
  where: table,
  now: `${added} new, ${changed} changed, ${removed} removed`,
  becomes: 'as on the old host',
});

function assertNoLoss(losses: readonly Loss[]): void {
  if (losses.length === 0) return;
  const lines = losses.map((loss) => `${loss.table}: ${toStep(loss).now}`);
  throw new MoveError(
    `The new host has written since the cutover; a rollback would lose these rows:\n  ${lines.join('\n  ')}\n` +
      'Say --accept-loss to go back all the same; they stay in the new database.',
  );
}
