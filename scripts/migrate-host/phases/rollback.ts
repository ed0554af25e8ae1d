import { createRouteClient } from '../cloudflare.ts';
import { placeOf } from '../config.ts';
import { canWrite, closeForWrites, openForWrites } from '../database.ts';
import { leadTo, makeWriter } from '../lead-to.ts';
import { countLosses, type Loss } from '../losses.ts';
import { MoveError } from '../move-error.ts';
import type { Move, Phase, Step } from '../phase.ts';

/** The old host is the writer again. What only the new one has stays there, read-only. */
export const rollback: Phase = {
  description: 'lead everything back to the old host, and let it write again',
  changes: true,
  async preview(move) {
    const { config } = move;
    const route = await createRouteClient(config).read();
    const { hostname, port } = new URL(config.old.origin);
    return [
      {
        step: 'origin rule',
        where: config.apiHost,
        now: String(route.port ?? 'none'),
        becomes: route.port ? port : 'none',
      },
      { step: 'record', where: config.apiHost, now: route.address, becomes: hostname },
      { step: 'writes', where: placeOf(config.old.databaseUrl), now: 'read-only', becomes: 'the only writer' },
      ...(await lossesOf(move)).map(toStep),
    ];
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
