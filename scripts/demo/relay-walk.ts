import Table from 'cli-table3';
import type { TelemyClient } from '../../src/sdk/index.ts';
import type { Demo } from './demo.ts';
import { watchLinks } from './links.ts';
import { withRelay } from './relay.ts';
import { signInNewUser } from './sign-in.ts';

/** Signs in, starts a relay, watches its links, stops it and shows what was counted. */
export async function walkRelay(demo: Demo): Promise<void> {
  const client = await signInNewUser(demo, 'pro');
  await withRelay(demo, client, (session) => watchLinks(demo, session));
  await showUsage(client);
}

async function showUsage(client: TelemyClient): Promise<void> {
  const usage = await client.getUsage();
  const table = new Table();
  table.push(
    { plan: usage.plan_tier },
    { cycle: `${usage.cycle_start.slice(0, 10)} to ${usage.cycle_end.slice(0, 10)}` },
    { used: `${usage.consumed_seconds} s` },
    { left: `${usage.remaining_seconds} of ${usage.included_seconds} s` },
  );
  process.stdout.write(`${table}\n`);
}
