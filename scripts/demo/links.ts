import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import logUpdate from 'log-update';
import type { RelaySession } from '../../src/sdk/index.ts';
import type { Demo } from './demo.ts';

interface LinkStats {
  groups: {
    connections: { addr: string; bytes: number; share_pct: number; last_ms_ago: number; asn_org?: string }[];
  }[];
}

/** Shows the links of a relay for a while; straight from the relay, as the plugin does it. */
export async function watchLinks({ seconds, signal }: Demo, { relay }: RelaySession): Promise<void> {
  const url = `http://${relay.public_ip}:${relay.stats_port}/stats`;
  let before = new Map<string, number>();
  for (let second = 0; second <= seconds; second += 1) {
    const { groups } = (await (await fetch(url, { signal })).json()) as LinkStats;
    const links = groups.flatMap((group) => group.connections);
    const table = new Table({
      head: ['link', 'kbit/s', 'share', 'last packet'],
      colAligns: ['left', 'right', 'right', 'right'],
    });
    for (const link of links) {
      const earlier = before.get(link.addr);
      const rate = earlier === undefined ? '…' : Math.round(((link.bytes - earlier) * 8) / 1000);
      table.push([link.asn_org ?? 'link', rate, `${link.share_pct.toFixed(0)} %`, `${link.last_ms_ago} ms ago`]);
    }
    before = new Map(links.map((link) => [link.addr, link.bytes]));
    if (process.stdout.isTTY || second === seconds) logUpdate(`${table}\n${second} of ${seconds} s, from ${url}`);
    if (second < seconds) await sleep(1000, undefined, { signal });
  }
  logUpdate.done();
}
