import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of an answer as a relay gives it. */
export function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
}

/** One link of a snapshot; what isn't named is usual. */
export function connection(values: Record<string, unknown> = {}) {
  return { addr: '198.51.100.21:40001', bytes: 0, pkts: 0, share_pct: 100, last_ms_ago: 0, uptime_s: 100, ...values };
}

/** A snapshot of one sender. */
export function snapshot(connections: Record<string, unknown>[], group: Record<string, unknown> = {}) {
  return { groups: [{ id: '0x1', connections, ...group }] };
}
