import assert from 'node:assert/strict';
import type { ProcessSample } from '../../scripts/soak/sample.ts';
import { trendOf } from '../../scripts/soak/trend.ts';
import { type Evidence, judge } from '../../scripts/soak/verdict.ts';
import { createSeededRandom } from '../support/seeded-random.ts';

const MINUTES = 30;
const EVERY_S = 5;
const isCollected = (second: number) => second % 15 === 0;

/** A run whose API's parts go by these functions of the second, and whose worker is flat. */
function runOf(parts: Partial<Record<keyof ProcessSample, (second: number) => number>>, more: Partial<Evidence> = {}) {
  const flat: ProcessSample = { rss: 180, heap: 60, handles: 500, descriptors: 520, loopDelay: 12 };
  const samples = Array.from({ length: (MINUTES * 60) / EVERY_S }, (_, index) => {
    const second = index * EVERY_S;
    const own = Object.entries(parts).map(([part, valueAt]) => [part, valueAt(second)]);
    return {
      second,
      isCollected: isCollected(second),
      api: { ...flat, ...Object.fromEntries(own) },
      worker: flat,
      database: null,
    };
  });
  return { samples, mishaps: [], faults: [], leftRelays: 0, settledAt: 360, requests: 50_000, ...more };
}

/** Names of the checks that failed. */
function failed(evidence: Evidence): string[] {
  return judge(evidence)
    .filter(({ ok }) => !ok)
    .map(({ check }) => check);
}

describe('the verdict of a soak', () => {
  it('passes a heap that is flat after each collection, whatever lies about between them', () => {
    const random = createSeededRandom(3);
    const sawtooth = (second: number) => (isCollected(second) ? 60 : 90 + second / 20) + random();
    assert.deepEqual(failed(runOf({ heap: sawtooth })), []);
  });

  it('fails a heap that keeps a kilobyte of each request', () => {
    const leaking = (second: number) => (isCollected(second) ? 60 : 120) + (second / 1800) * 50;
    assert.deepEqual(failed(runOf({ heap: leaking })), ['api: growth of heap']);
  });

  it('fails handles and descriptors that grow by one in twenty seconds', () => {
    const growing = (second: number) => 500 + second / 20;
    assert.deepEqual(failed(runOf({ handles: growing, descriptors: growing })), [
      'api: growth of handles',
      'api: growth of descriptors',
    ]);
  });

  it('leaves the warm-up out of account', () => {
    const warming = (second: number) => Math.min(180, 100 + second / 4);
    assert.deepEqual(failed(runOf({ rss: warming })), []);
  });

  it('tells errors of an injected fault from others', () => {
    const faults = [{ name: 'API restarted', from: 1_000, until: 2_000 }];
    const during = [{ at: 1_000, what: 'no answer' }];
    assert.deepEqual(failed(runOf({}, { faults, mishaps: during })), []);
    const after = [...during, { at: 2_001, what: 'no answer' }];
    assert.deepEqual(failed(runOf({}, { faults, mishaps: after })), ['errors outside of injected faults']);
  });

  it('fails a run that leaves a relay behind, and one that is too short to judge', () => {
    assert.deepEqual(failed(runOf({}, { leftRelays: 1 })), ['relays left at the end']);
    assert.equal(failed(runOf({}, { settledAt: 1_740 })).length, 8);
  });
});

describe('a trend', () => {
  it('is that of most values: two wild ones do not move it', () => {
    const points = Array.from({ length: 120 }, (_, index) => ({ second: index, value: 100 + index / 10 }));
    const wild = points.map((point) => (point.second === 5 || point.second === 115 ? { ...point, value: 10 } : point));
    assert.ok(Math.abs(trendOf(wild).growth - 11.9) < 1, `${trendOf(wild).growth}`);
  });
});
