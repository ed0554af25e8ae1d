import type { RelaySession, TelemyClient } from '../../src/sdk/index.ts';
import type { Demo } from './demo.ts';
import { DemoError } from './demo-error.ts';
import { withRelay } from './relay.ts';
import { signInNewUser } from './sign-in.ts';
import { spin } from './spinner.ts';

/** Signs in, starts a relay, moves it to another region and stops it. */
export async function walkMove(demo: Demo): Promise<void> {
  const client = await signInNewUser(demo, 'pro');
  await withRelay(demo, client, (session) => move(demo, client, session));
}

async function move({ signal }: Demo, client: TelemyClient, before: RelaySession): Promise<void> {
  const target = await anotherRegion(client, before.region);
  const { connection_id } = before;
  let session = await client.migrateRelay({ connection_id, new_region: target });
  const spinner = spin(`Moving to ${target}: ${session.migration?.step}`);
  while (session.migration && session.migration.step !== 'draining') {
    const known = session.migration.step;
    if (known === 'failed') throw new DemoError(`The relay did not move: ${session.migration.failure?.message}`);
    const query = { connectionId: connection_id, waitSeconds: 25, sinceVersion: session.version };
    const next = await client.getActiveRelay(query, { signal });
    if (!next) throw new DemoError('The session ended while its relay moved.');
    session = next;
    const step = session.migration?.step;
    if (step !== known)
      spinner.stopAndPersist({ symbol: '  ', text: `${known} done; OBS plays from ${session.relay.public_ip}` });
    spinner.start(`Moving to ${target}: ${step}`);
  }
  spinner.succeed(
    `Moved from ${before.region} (${before.relay.public_ip}) to ${session.region} (${session.relay.public_ip}); same session, still ${session.status}`,
  );
}

async function anotherRegion(client: TelemyClient, present: string): Promise<string> {
  const { regions } = await client.getManifest();
  const other = regions.find(({ region }) => region !== present);
  if (!other) throw new DemoError('The server has only one region. Set SUPPORTED_REGIONS to two or more.');
  return other.region;
}
