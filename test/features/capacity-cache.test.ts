import assert from 'node:assert/strict';
import { pino } from 'pino';
import { type CapacityCache, createCapacityCache } from '../../src/features/relay/capacity-cache.ts';
import type { RegionCapacity } from '../../src/features/relay/providers/provider.ts';
import { createStillClock, type StillClock } from '../support/still-clock.ts';

const REGIONS = ['us-east-1', 'eu-west-1'];
const WINDOW_SECONDS = 15;

describe('what is known of the capacity', () => {
  let clock: StillClock;
  let asked: number;
  let answer: () => Promise<RegionCapacity[]>;
  let logged: string[];
  let cache: CapacityCache;

  beforeEach(() => {
    clock = createStillClock('2026-05-12T09:00:00.000Z');
    asked = 0;
    answer = async () => told('plenty', 'plenty');
    logged = [];
    cache = createCapacityCache({
      provider: {
        capacity() {
          asked += 1;
          return answer();
        },
      },
      regions: REGIONS,
      clock,
      logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
      patienceMs: 20,
      limitMs: 30,
    });
  });

  function told(...rooms: RegionCapacity['available'][]): RegionCapacity[] {
    return rooms.map((available, index) => ({ region: REGIONS[index] as string, available }));
  }

  const rooms = async () => [...(await cache.read()).rooms.values()];
  const hang = () => new Promise<never>(() => undefined);

  it('is asked for once by all who come at the same time', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, index) => (index % 2 ? cache.hasAny() : cache.read())));
    assert.equal(asked, 1);
  });

  it('is asked for once in 15 seconds, and by nobody while no one wants to know', async () => {
    for (let second = 0; second < 60; second += 1) {
      await cache.read();
      clock.forward(1);
    }
    assert.equal(asked, 4);
    clock.forward(3600);
    assert.equal(asked, 4);
  });

  it('is asked for again when the clock was moved back', async () => {
    await cache.read();
    clock.forward(-3600);
    await cache.read();
    assert.equal(asked, 2);
  });

  it('holds for each region by itself', async () => {
    answer = async () => told('none', 'few');
    assert.deepEqual(await Promise.all([cache.hasAny(), cache.hasIn('us-east-1'), cache.hasIn('eu-west-1')]), [
      true,
      false,
      true,
    ]);
    answer = async () => told('none', 'none');
    clock.forward(WINDOW_SECONDS);
    await cache.read();
    assert.deepEqual([await cache.hasAny(), await cache.hasIn('eu-west-1')], [false, false]);
  });

  it('keeps no start waiting while there is room', async () => {
    await cache.read();
    answer = hang;
    clock.forward(WINDOW_SECONDS);
    const quickest = await Promise.race([cache.hasAny(), cache.hasIn('eu-west-1'), soon()]);
    assert.equal(quickest, true);
  });

  it('is waited for by a start that would be refused', async () => {
    answer = async () => told('none', 'none');
    assert.equal(await cache.hasAny(), false);
    answer = async () => told('none', 'few');
    assert.equal(await cache.hasAny(), false);
    clock.forward(WINDOW_SECONDS);
    assert.equal(await cache.hasAny(), true);
  });

  it('counts as room where the provider has said nothing: a launch will find out', async () => {
    answer = async () => [];
    assert.deepEqual([await cache.hasAny(), await cache.hasIn('us-east-1')], [true, true]);
    assert.deepEqual(await rooms(), ['unknown', 'unknown']);
    answer = async () => [...told('none'), { region: 'mars-1', available: 'plenty' }];
    clock.forward(WINDOW_SECONDS);
    assert.deepEqual(await rooms(), ['none', 'unknown']);
    assert.deepEqual([await cache.hasAny(), await cache.hasIn('us-east-1')], [true, false]);
  });

  for (const [name, trouble] of [
    ['fails', async () => Promise.reject(new Error('no idea'))],
    ['never answers', hang],
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
    ],
  ] as const) {
    it(`stays as it was when the provider ${name}, which is logged and tried again in the next window`, async () => {
      answer = async () => told('none', 'plenty');
      const { toldAt } = await cache.read();
      clock.forward(WINDOW_SECONDS);
      answer = trouble;
      const reading = await cache.read();
      assert.deepEqual([[...reading.rooms.values()], reading.toldAt], [['none', 'plenty'], toldAt]);
      // Until the provider has been given up on.
      while (logged.length === 0) await soon();
      assert.match(String(logged), /capacity_unknown/);
      await cache.read();
      assert.equal(asked, 2);
      clock.forward(WINDOW_SECONDS);
      answer = async () => told('few', 'few');
      assert.deepEqual(await rooms(), ['few', 'few']);
    });

    it(`is unknown when the provider ${name} from the beginning, and holds up nobody for long`, async () => {
      answer = trouble;
      assert.equal(await cache.hasAny(), true);
      assert.deepEqual(await rooms(), ['unknown', 'unknown']);
      assert.equal((await cache.read()).toldAt, null);
    });
  }
});

function soon(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
