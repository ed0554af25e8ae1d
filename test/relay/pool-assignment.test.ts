import assert from 'node:assert/strict';
import { assign } from '../../src/features/relay/providers/pool/assign.ts';
import type { PoolHost } from '../../src/features/relay/providers/pool/host.ts';
import { setHostState } from '../../src/features/relay/providers/pool/host-store.ts';
import { givePlaceBack, removeHost, takePlace } from '../../src/features/relay/providers/pool/place-store.ts';
import {
  CapacityUnavailableError,
  type InstanceDescription,
  ProviderRejectedError,
} from '../../src/features/relay/providers/provider.ts';
import { provisionRequest } from '../support/local-relays.ts';
import { AWAY, HOME, usePoolLab } from '../support/pool-lab.ts';

describe('the assignment of places at the hosts of a pool', () => {
  const pool = usePoolLab({ poolSize: 60 });

  const addHosts = (count: number, values: Partial<PoolHost> = {}) =>
    Promise.all(Array.from({ length: count }, () => pool().addHost(values)));
  const loads = async () => (await pool().database('pool_hosts').orderBy('sessions').pluck('sessions')) as number[];
  const hostOf = async ({ instanceId }: InstanceDescription) =>
    (await pool().database('pool_assignments').where({ instance_id: instanceId }).first('host_id')).host_id as string;
  const assignHere = (values = {}) => assign(pool().parts, provisionRequest(values));

  /**
   * Looks at all loads from inside the database, thousands of times, until told to stop; each look is one statement and
   * sees what is committed by then.
   */
  async function watch(): Promise<{ stop(): Promise<{ looks: number; most: number; spread: number }> }> {
    const { database } = pool().another();
    await database.raw('create table if not exists watch_over (id integer)');
    await database.raw(`create or replace function watch(out looks integer, out most integer, out spread integer) as $$
      declare high integer; low integer;
      begin
        looks := 0; most := 0; spread := 0;
        while not exists (select from watch_over) loop
          select max(sessions), min(sessions) into high, low from pool_hosts;
          looks := looks + 1; most := greatest(most, high); spread := greatest(spread, high - low);
        end loop;
      end $$ language plpgsql volatile`);
    const watching = database.raw('select * from watch()').then(({ rows }) => rows[0]);
    return {
      async stop() {
        await database('watch_over').insert({ id: 1 });
        const seen = await watching;
        await database('watch_over').delete();
        return seen;
      },
    };
  }

  function outcomesOf(results: PromiseSettledResult<InstanceDescription>[]): {
    made: InstanceDescription[];
    full: number;
  } {
    const made = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const errors = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    for (const error of errors) assert.equal(error instanceof CapacityUnavailableError, true, String(error));
    return { made, full: errors.length };
  }

  it('gives 150 of 200 requests at once, from two processes, the 150 places of 10 hosts, and tells 50 that there is none; never over the limit, never more than one from even', async () => {
    await addHosts(10);
    const processes = [pool().parts, pool().another()];
    const watcher = await watch();
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => assign(processes[index % 2] ?? pool().parts, provisionRequest())),
    );
    const seen = await watcher.stop();
    const { made, full } = outcomesOf(results);
    assert.deepEqual([made.length, full], [150, 50]);
    assert.equal(new Set(made.map(({ instanceId }) => instanceId)).size, 150);
    assert.deepEqual(await loads(), Array(10).fill(15));
    assert.equal(seen.looks > 200, true, `looked only ${seen.looks} times`);
    assert.deepEqual([seen.most, seen.spread], [15, 1]);
  });

  it('gives a host that goes bad in the middle nothing new, and the others no more than they hold', async () => {
    const hosts = await addHosts(10);
    const [bad, cordoned] = hosts as [PoolHost, PoolHost];
    const { database } = pool().another();
    await database.raw('select 1');
    let atThatMoment: number[] = [];
    let done = 0;
    let change: Promise<void> | undefined;
    const goBad = async () => {
      await database('pool_hosts').where({ id: bad.id }).update({ health: 'unhealthy' });
      await database('pool_hosts').where({ id: cordoned.id }).update({ state: 'cordoned' });
      // From here on the change is committed: what they have now they may have, and not one more.
      const rows = await database('pool_hosts').whereIn('id', [bad.id, cordoned.id]).orderBy('id');
      atThatMoment = rows.map(({ sessions }) => sessions);
    };
    const results: PromiseSettledResult<InstanceDescription>[] = [];
    // 25 at a time: 200 at once would all be looking before the first is done.
    const lane = async () => {
      for (let left = 8; left > 0; left -= 1) {
        results.push(...(await Promise.allSettled([assignHere()])));
        done += 1;
        if (done === 40) change = goBad();
      }
    };
    await Promise.all(Array.from({ length: 25 }, lane));
    await change;
    const { made, full } = outcomesOf(results);
    const rows = await database('pool_hosts').whereIn('id', [bad.id, cordoned.id]).orderBy('id');
    const kept = rows.map(({ sessions }) => sessions);
    assert.deepEqual(kept, atThatMoment);
    for (const count of kept) assert.equal(count < 15, true);
    assert.equal(made.length, 8 * 15 + kept.reduce((sum, count) => sum + count, 0));
    assert.equal(made.length + full, 200);
  });

  it('counts every place once while 100 come and go, and ends even', async () => {
    await addHosts(8);
    const comeAndGo = async () => {
      const { instanceId } = await assignHere();
      const { database } = pool();
      await database('pool_assignments').where({ instance_id: instanceId }).update({ state: 'releasing' });
      await Promise.all([1, 2, 3].map(() => givePlaceBack(database, instanceId, pool().clock.now())));
    };
    await Promise.all(
      Array.from({ length: 100 }, comeAndGo).concat(Array.from({ length: 10 }, () => assignHere().then())),
    );
    assert.equal(
      (await loads()).reduce((sum, one) => sum + one),
      10,
    );
    const { rows } = await pool().database.raw(
      `select h.sessions, count(a.*)::integer as real from pool_hosts h
        left join pool_assignments a on a.host_id = h.id and a.state <> 'released' group by h.id`,
    );
    for (const { sessions, real } of rows) assert.equal(sessions, real);
  });

  it('cannot take more places than there are even by a wrong statement: the database refuses it', async () => {
    const { id } = await pool().addHost({ maxSessions: 1 });
    const set = (sessions: number) => pool().database('pool_hosts').where({ id }).update({ sessions });
    await assert.rejects(set(2), /pool_hosts_places/);
    await assert.rejects(set(-1), /pool_hosts_places/);
  });

  it('prefers a host that answered its last check to one in doubt with fewer sessions, and takes that when it is all there is', async () => {
    const doubtful = await pool().addHost({ maxSessions: 5 });
    await pool().database('pool_hosts').where({ id: doubtful.id }).update({ failures: 1 });
    const sure = await pool().addHost({ maxSessions: 2 });
    const places = [await assignHere(), await assignHere(), await assignHere()];
    assert.deepEqual(await Promise.all(places.map(hostOf)), [sure.id, sure.id, doubtful.id]);
  });

  for (const [what, values] of [
    ['was never reached', { health: 'unknown' }],
    ['is unhealthy', { health: 'unhealthy' }],
    ['is cordoned', { state: 'cordoned' }],
    ['is draining', { state: 'draining' }],
    ['is of another region', { region: AWAY }],
    ['is full', { maxSessions: 1, sessions: 1 }],
  ] as [string, Partial<PoolHost>][]) {
    it(`gives nothing to a host that ${what}`, async () => {
      await pool().addHost(values);
      await assert.rejects(assignHere(), CapacityUnavailableError);
    });
  }

  it('lets a host be removed for good while its places are being given back: nobody fails, all are released', async () => {
    const { database, clock } = pool();
    const now = clock.now();
    for (let round = 0; round < 20; round += 1) {
      const host = await pool().addHost();
      const made = await Promise.all(Array.from({ length: 10 }, () => assignHere()));
      await database('pool_assignments').where({ host_id: host.id }).update({ state: 'releasing' });
      await Promise.all([
        ...made.slice(0, 5).map(({ instanceId }) => givePlaceBack(database, instanceId, now)),
        removeHost(database, host.id, { evenIfTaken: true, now }),
        ...made.slice(5).map(({ instanceId }) => givePlaceBack(database, instanceId, now)),
      ]);
      assert.deepEqual(await database('pool_hosts').where({ id: host.id }), []);
    }
    assert.deepEqual(await database('pool_assignments').distinct().pluck('state'), ['released']);
  });

  it('goes to another region, in the order of the configuration, only when told that any will do', async () => {
    await pool().addHost({ region: HOME, maxSessions: 1 });
    await pool().addHost({ region: AWAY });
    assert.equal((await assignHere({ anyRegion: true })).region, HOME);
    await assert.rejects(assignHere({ anyRegion: false }), CapacityUnavailableError);
    assert.equal((await assignHere({ anyRegion: true })).region, AWAY);
  });

  it('never gives one host the same stream twice, not even to 20 at once, and does so again once it is released', async () => {
    const [first, second] = await addHosts(2);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => assignHere({ streamToken: 'shared' })));
    const { made, full } = outcomesOf(results);
    assert.deepEqual([made.length, full], [2, 18]);
    assert.deepEqual((await Promise.all(made.map(hostOf))).sort(), [first?.id, second?.id].sort());
    const [gone] = made as [InstanceDescription];
    const { database, clock } = pool();
    const host = await hostOf(gone);
    await database('pool_assignments').where({ instance_id: gone.instanceId }).update({ state: 'releasing' });
    await givePlaceBack(database, gone.instanceId, clock.now());
    assert.equal(await hostOf(await assignHere({ streamToken: 'shared' })), host);
  });

  it('waits for a host that someone else is just taking, rather than say that there is no room', async () => {
    const { id } = await pool().addHost();
    let waiting: Promise<InstanceDescription> | undefined;
    await pool().database.transaction(async (trx) => {
      await trx('pool_hosts').where({ id }).forUpdate();
      const request = provisionRequest();
      const values = { region: HOME, instanceId: 'pas_x', now: pool().clock.now() };
      assert.equal(await takePlace(pool().database, request, values), 'busy');
      waiting = assign(pool().parts, request);
    });
    assert.equal((await waiting)?.region, HOME);
  });

  it('keeps the place of a token through a cordon of its host: what is assigned is not taken away', async () => {
    const host = await pool().addHost();
    const request = provisionRequest();
    const made = await assign(pool().parts, request);
    await setHostState(pool().database, host.host, 'draining', pool().clock.now());
    assert.deepEqual(await assign(pool().parts, request), made);
    await assert.rejects(assignHere(), CapacityUnavailableError);
  });

  it('refuses a token that another session or deployment has', async () => {
    await pool().addHost();
    const request = provisionRequest();
    await assign(pool().parts, request);
    for (const other of [{ sessionId: 'ses_other' }, { deployment: 'other' }]) {
      await assert.rejects(assign(pool().parts, { ...request, ...other }), ProviderRejectedError);
    }
  });

  it('tells the room of each region by its free places at hosts that get new sessions', async () => {
    const room = async () =>
      Object.fromEntries((await pool().provider.capacity()).map((one) => [one.region, one.available]));
    assert.deepEqual(await room(), { [HOME]: 'none', [AWAY]: 'none' });
    await pool().addHost({ region: HOME, maxSessions: 20, sessions: 16 });
    await pool().addHost({ region: HOME, maxSessions: 50, state: 'cordoned' });
    await pool().addHost({ region: AWAY, maxSessions: 20, sessions: 17 });
    assert.deepEqual(await room(), { [HOME]: 'plenty', [AWAY]: 'few' });
    await pool().database('pool_hosts').where({ region: AWAY }).update({ sessions: 20 });
    assert.deepEqual(await room(), { [HOME]: 'plenty', [AWAY]: 'none' });
  });
});
