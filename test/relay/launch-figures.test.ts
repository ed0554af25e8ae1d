import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readLaunchFigures } from '../../src/features/relay/launch-figures.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { toRow } from '../../src/features/relay/session-row.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';
import { storeSession } from '../support/stored-sessions.ts';

describe('the figures of launches', () => {
  const lab = useRelayLab();
  let userId: string;
  let region: string;
  let regions = 0;

  beforeEach(async () => {
    userId = await lab().makeUser();
    regions += 1;
    region = `region-${regions}`;
  });

  /** A session that came up so many seconds ago, after a launch of that length. */
  function launched(seconds: number, secondsAgo: number, values: Partial<RelaySession> = {}): Promise<RelaySession> {
    const activatedAt = plus(lab().clock.now(), -secondsAgo);
    const times = { createdAt: plus(activatedAt, -seconds), activatedAt };
    return storeSession(lab().database, lab().clock.now(), userId, 'stopped', { region, ...times, ...values });
  }

  const read = async (name = region) =>
    (await readLaunchFigures(lab().database, [name, 'other'], lab().clock.now())).get(name);

  it('are the median from the start to the active session, whatever has become of it', async () => {
    for (const [index, seconds] of [10, 900, 12.5, 11].entries()) await launched(seconds, index * 60);
    assert.equal((await read())?.medianSeconds, 11.75);
    const now = lab().clock.now();
    await storeSession(lab().database, now, userId, 'active', { region, createdAt: plus(now, -13), activatedAt: now });
    assert.equal((await read())?.medianSeconds, 12.5);
  });

  it('are those of the last 50 of the last day', async () => {
    for (let index = 0; index < 60; index += 1) await launched(index < 30 ? 20 : 500, index);
    assert.equal((await read())?.medianSeconds, 20);
    region = `${region}-old`;
    await launched(7, 86_400);
    assert.equal((await read())?.medianSeconds, null);
    await launched(9, 86_399);
    assert.equal((await read())?.medianSeconds, 9);
  });

  it('are told for each region by itself, and for one without launches too', async () => {
    await launched(5, 0);
    await launched(50, 0, { region: 'other' });
    const figures = await readLaunchFigures(lab().database, [region, 'other', 'empty'], lab().clock.now());
    assert.deepEqual(
      [...figures],
      [
        [region, { medianSeconds: 5, oldestLaunchAt: null }],
        ['other', { medianSeconds: 50, oldestLaunchAt: null }],
        ['empty', { medianSeconds: null, oldestLaunchAt: null }],
      ],
    );
  });

  it('do not count launches that failed, but tell since when the oldest one under way is', async () => {
    const now = lab().clock.now();
    const failed = { activatedAt: null, failure: { code: 'provision_timeout', message: 'late' } } as const;
    await storeSession(lab().database, now, userId, 'stopped', { region, ...failed });
    for (const seconds of [20, 90, 5]) {
      const createdAt = plus(now, -seconds);
      await storeSession(lab().database, now, userId, 'provisioning', { region, createdAt });
    }
    assert.deepEqual(await read(), { medianSeconds: null, oldestLaunchAt: plus(now, -90) });
  });

  it('are read from indexes alone, not from all sessions there ever were', async () => {
    const { database } = lab();
    const pattern = toRow(await launched(5, 0));
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      ...pattern,
      id: `ses_many_${index}`,
      connection_id: randomUUID(),
      activated_at: plus(pattern.activated_at as Date, -index),
    }));
    await database.batchInsert('relay_sessions', rows, 500);
    await database.raw('vacuum analyze relay_sessions');
    let asked: { sql: string; bindings: string[] } | undefined;
    database.once('query', (query) => {
      asked = query;
    });
    await read();
    const { sql, bindings } = asked as unknown as { sql: string; bindings: string[] };
    const explained = await database.raw(`explain ${sql.replace(/\$\d+/g, '?')}`, bindings);
    const plan = explained.rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
    assert.match(plan, /Index Only Scan.* using relay_sessions_launches_idx/);
    assert.match(plan, /Index Only Scan using relay_sessions_launching_idx/);
    assert.doesNotMatch(plan, /Seq Scan/);
  });
});
