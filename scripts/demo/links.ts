import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import logUpdate from 'log-update';
import type { RelaySession } from '../../src/sdk/index.ts';
import { createTelemetryPoller, type LinkState, telemetrySourcesOf } from '../../src/sdk/telemetry/index.ts';
import type { Demo } from './demo.ts';

/** Shows the links of a relay for a while; straight from the relay, as the plugin does it. */
export async function watchLinks({ seconds, signal }: Demo, session: RelaySession): Promise<void> {
  const poller = createTelemetryPoller({ sources: telemetrySourcesOf(session), intervalMs: 1_000, signal });
  poller.start();
  try {
    for (let second = 0; second <= seconds; second += 1) {
      if (process.stdout.isTTY || second === seconds) {
        const { links, status } = poller.getSnapshot().links;
        logUpdate(`${toTable(links)}\n${second} of ${seconds} s; the relay's figures are ${status}`);
      }
      if (second < seconds) await sleep(1_000, undefined, { signal });
    }
  } finally {
    poller.stop();
    logUpdate.done();
  }
}

function toTable(links: readonly LinkState[]): Table.Table {
  const table = new Table({
    head: ['link', 'kbit/s', 'share', 'last packet'],
    colAligns: ['left', 'right', 'right', 'right'],
  });
  const told = (value: number | null, unit: string) => (value === null ? '…' : `${Math.round(value)}${unit}`);
  for (const { label, kbps, sharePct, lastSeenMsAgo } of links) {
    table.push([label, told(kbps, ''), told(sharePct, ' %'), told(lastSeenMsAgo, ' ms ago')]);
  }
  return table;
}
