import type { Client } from '../../generated/sdk/client/index.ts';
import * as api from '../../generated/sdk/index.ts';
import type { Demo } from './demo.ts';
import { DemoError, expect } from './expect.ts';
import { withRelay } from './relay.ts';
import { signInNewUser } from './sign-in.ts';
import { spin } from './spinner.ts';

/** Signs in, starts a relay, moves it to another region and stops it. */
export async function walkMove(demo: Demo): Promise<void> {
  const client = await signInNewUser(demo, 'pro');
  await withRelay(demo, client, (session) => move(demo, client, session));
}

async function move({ signal }: Demo, client: Client, before: api.RelaySession): Promise<void> {
  const target = await anotherRegion(client, before.region);
  const { connection_id } = before;
  let { session } = expect(await api.migrateRelay({ client, body: { connection_id, new_region: target } }));
  const spinner = spin(`Moving to ${target}: ${session.migration?.step}`);
  while (session.migration && session.migration.step !== 'draining') {
    const known = session.migration.step;
    if (known === 'failed') throw new DemoError(`The relay did not move: ${session.migration.failure?.message}`);
    const query = { connection_id, wait_seconds: 25, since_version: session.version };
    ({ session } = expect(await api.getActiveRelay({ client, query, signal })) as api.RelaySessionEnvelope);
    const step = session.migration?.step;
    if (step !== known)
      spinner.stopAndPersist({ symbol: '  ', text: `${known} done; OBS plays from ${session.relay.public_ip}` });
    spinner.start(`Moving to ${target}: ${step}`);
  }
  spinner.succeed(
    `Moved from ${before.region} (${before.relay.public_ip}) to ${session.region} (${session.relay.public_ip}); same session, still ${session.status}`,
  );
}

async function anotherRegion(client: Client, present: string): Promise<string> {
  const { regions } = expect(await api.getRelayManifest({ client }));
  const other = regions.find(({ region }) => region !== present);
  if (!other) throw new DemoError('The server has only one region. Set SUPPORTED_REGIONS to two or more.');
  return other.region;
}
