import assert from 'node:assert/strict';
import { toBars } from '../../scripts/bench/peers/bars.ts';
import { spreadOf, toFigures } from '../../scripts/bench/peers/figures.ts';
import type { PeerRun } from '../../scripts/bench/peers/measure.ts';
import { topOf } from '../../scripts/bench/peers/profile.ts';

describe('the figures of the bench', () => {
  it('compare a candidate with the peer of the same round, and tell the middle and the ends', () => {
    const runs = [
      ...rounds('ours', [300, 100, 200]),
      ...rounds('fastify', [100, 50, 100]),
      ...rounds('unvalidated', [300, 125, 250]),
    ];
    const [ours] = toFigures(runs);
    assert.deepEqual(ours?.requestsPerSecond, { median: 200, min: 100, max: 300 });
    assert.deepEqual(ours?.ratio, { median: 2, min: 2, max: 3 });
  });

  it('leave a round out of the comparison in which the peer answered nothing', () => {
    const [ours] = toFigures([...rounds('ours', [300, 100]), ...rounds('fastify', [0, 50])]);
    assert.deepEqual(ours?.ratio, { median: 2, min: 2, max: 2 });
  });

  it('take the mean of the two in the middle of an even number', () => {
    assert.deepEqual(spreadOf([4, 1, 2, 10]), { median: 3, min: 1, max: 10 });
  });

  it('hold the middle against each bar of the project', () => {
    const runs = [
      ...rounds('ours', [250, 249, 251]),
      ...rounds('fastify', [100, 100, 100]),
      ...rounds('unvalidated', [300, 300, 300]),
    ];
    const verdicts = toBars(runs, toFigures(runs)).map(({ bar, met }) => [bar, met]);
    assert.deepEqual(verdicts, [
      ['getActiveRelay to the Fastify peer', true],
      ['p99 of getActiveRelay, in ms', true],
      ['what validation costs getActiveRelay', false],
      ['statements of getActiveRelay', true],
    ]);
    const slower = [...rounds('ours', [249]), ...rounds('fastify', [100])];
    assert.deepEqual(toBars(slower, toFigures(slower))[0]?.met, false);
  });

  it('leave out of a profile the time in which nothing was done', () => {
    const node = (id: number, functionName: string) => ({ id, callFrame: { functionName, url: '', lineNumber: 0 } });
    const profile = { nodes: [node(1, '(idle)'), node(2, 'a'), node(3, 'b')], samples: [1, 2, 3, 2] };
    assert.deepEqual(topOf({ ...profile, timeDeltas: [96, 1, 1, 2] }), [
      { self: '75.0 %', in: 'a' },
      { self: '25.0 %', in: 'b' },
    ]);
  });
});

function rounds(candidate: PeerRun['candidate'], rates: number[]): PeerRun[] {
  return rates.map((requestsPerSecond, place) => ({
    operation: 'getActiveRelay',
    connections: 16,
    candidate,
    round: place + 1,
    requestsPerSecond,
    p50: 1,
    p99: 2,
    failed: 0,
    statements: candidate === 'fastify' ? null : 1,
    cpuMs: null,
    postgresMs: null,
  }));
}
