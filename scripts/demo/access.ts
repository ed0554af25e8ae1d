import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountSnapshot, TelemyClient } from '../../src/sdk/index.ts';
import { formatTable } from '../../src/table.ts';
import type { Demo } from './demo.ts';
import { DemoError } from './demo-error.ts';

/** What an account may do at a moment. */
export type Access = Pick<AccountSnapshot, 'entitlement' | 'usage'>;

const POLL_MS = 1_000;
/** A webhook that found nobody is sent again after 5 seconds, then after 25. */
const LONGEST_WAIT_MS = 45_000;

/** Waits until what was bought, or canceled, has come in by webhook. */
export async function untilAccess(
  { signal }: Demo,
  client: TelemyClient,
  hasCome: (access: Access) => boolean,
): Promise<Access> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const access = await client.getSession({ signal });
    if (hasCome(access)) return access;
    if (Date.now() > deadline)
      throw new DemoError('No webhook came in. Does a worker run? See: npm run billing -- list');
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Shows what an account may do at several moments, side by side. */
export function showAccess(moments: Record<string, Access>): void {
  const row = (name: string, cell: (access: Access) => string | number) => ({
    '': name,
    ...Object.fromEntries(Object.entries(moments).map(([moment, access]) => [moment, cell(access)])),
  });
  const rows = [
    row('plan', ({ entitlement }) => entitlement.plan_tier),
    row('status', ({ entitlement }) => entitlement.plan_status),
    row('relays', ({ entitlement }) => entitlement.max_concurrent_conns),
    row('Time Bank', ({ usage }) => timeBank(usage)),
    row('a start is', ({ entitlement }) => startIs(entitlement)),
  ];
  process.stdout.write(`${formatTable(rows, process.stdout.hasColors?.() ?? false)}\n`);
}

function timeBank({ included_seconds: included, remaining_seconds: left }: Access['usage']): string {
  return included === null ? 'unlimited' : `${left} of ${included} s left`;
}

function startIs({ relay_access_status: status, reason_code: reason }: Access['entitlement']): string {
  return status === 'enabled' && reason === 'ok' ? 'allowed' : `denied: ${reason}`;
}
