import { listTables } from '../../../src/database/backup/database-figures.ts';
import { migrations } from '../../../src/database/migrations/index.ts';
import { TTL_SECONDS } from '../../../src/features/relay/dns-client.ts';
import { createRouteClient } from '../cloudflare.ts';
import { placeOf } from '../config.ts';
import { closeForWrites, servicesAt, withClient } from '../database.ts';
import { MoveError } from '../move-error.ts';
import type { Move, Phase } from '../phase.ts';

/** The new host may not write, and resolvers forget soon. */
export const prepare: Phase = {
  description: 'make the empty new database read-only, and lower the TTL of the record',
  changes: true,
  async preview(move) {
    await assertReady(move);
    const { config } = move;
    const { ttl, proxied } = await createRouteClient(config).read();
    return [
      {
        step: 'read-only',
        where: placeOf(config.new.databaseUrl),
        now: 'empty',
        becomes: 'default_transaction_read_only = on',
      },
      {
        step: 'TTL',
        where: config.apiHost,
        now: String(ttl),
        becomes: proxied ? "Cloudflare's own" : String(TTL_SECONDS),
      },
    ];
  },
  async run(move) {
    await assertReady(move);
    const { config } = move;
    await closeForWrites(config.new.databaseUrl);
    const client = createRouteClient(config);
    const { address, ttl, proxied, port } = await client.read();
    move.keep({ record: { content: address, ttl }, ...(port === undefined ? {} : { port }) });
    // The same value again where it is proxied: it shows that the token may change the record.
    await client.setTtl(proxied ? ttl : TTL_SECONDS);
    return { new_database: 'read-only', ttl: proxied ? 'proxied' : TTL_SECONDS };
  },
};

async function assertReady({ config }: Move): Promise<void> {
  const tables = await withClient(config.new.databaseUrl, listTables);
  const [table] = tables;
  if (table)
    throw new MoveError(
      `The new database isn't empty: it has ${table.schema}.${table.name}. Make a new one (after a rollback: rename this one first, if it has rows that are wanted).`,
    );
  const running = await servicesAt(config.new.databaseUrl);
  if (running.length > 0)
    throw new MoveError(`Stop the service on the new host first: ${running.join(', ')} is connected.`);
  const { rows } = await withClient(config.old.databaseUrl, (client) =>
    client.query('select name from public.knex_migrations order by id desc limit 1'),
  );
  const [there, here] = [rows[0]?.name, migrations.at(-1)?.name];
  if (there !== here) {
    throw new MoveError(
      `The old database is at ${there}, this release at ${here}. Use the same release on both hosts.`,
    );
  }
}
