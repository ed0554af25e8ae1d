import type { Player } from './player.ts';

/** Reads the whole of a user's account, and holds what it tells in one place against the others. @throws SequenceFault */
export async function auditAccount({ act, goodToken, fail }: Player, user: number): Promise<void> {
  const token = await goodToken(user);
  const { body: account } = await act(user, 'getAuthSession', {}, token);
  for (const { session_id, status } of account.active_sessions) {
    const { body } = await act(user, 'getRelaySession', { session_id }, token);
    if (body.session.status === 'stopped' && status === 'active') fail(`${session_id} was listed as live`);
  }
  const { body: before } = await act(user, 'getCurrentUsage', {}, token);
  const listed = await readPages({ act, fail }, user, token);
  const { body: after } = await act(user, 'getCurrentUsage', {}, token);
  if (before.cycle_start !== after.cycle_start || listed.cycle !== before.cycle_start) return;
  if (listed.sum < before.consumed_seconds || listed.sum > after.consumed_seconds) {
    fail(
      `the sessions add up to ${listed.sum} s, between ${before.consumed_seconds} and ${after.consumed_seconds} in all`,
    );
  }
}

async function readPages({ act, fail }: Pick<Player, 'act' | 'fail'>, user: number, token: string) {
  let cursor: string | undefined;
  let sum = 0;
  const ids = new Set<string>();
  for (;;) {
    const fields = cursor === undefined ? { limit: 2 } : { limit: 2, cursor };
    const { body } = await act(user, 'listUsageSessions', fields, token);
    for (const { session_id: id } of body.sessions) {
      if (ids.has(id)) fail(`${id} is on two pages`);
      ids.add(id);
    }
    sum += [...body.sessions.map((one: { consumed_seconds: number }) => one.consumed_seconds)].reduce(add, 0);
    sum += body.adjustments.map((one: { seconds: number }) => one.seconds).reduce(add, 0);
    if (body.next_cursor === null) {
      if (sum !== body.consumed_seconds) fail(`the pages add up to ${sum} s of ${body.consumed_seconds}`);
      return { sum, cycle: body.cycle_start };
    }
    cursor = body.next_cursor;
  }
}

function add(a: number, b: number): number {
  return a + b;
}
