import assert from 'node:assert/strict';
import { splitAtCycles, unbilledParts } from '../../src/features/usage/gap.ts';
import { monthlyCycle } from '../../src/features/usage/index.ts';
import { plus } from '../support/relay-session.ts';

const START = '2026-03-01T10:00:00.000Z';
const at = (seconds: number) => plus(START, seconds);
const span = (from: number, to: number) => ({ startedAt: at(from), endedAt: at(to) });
const gap = (from: number, to: number) => ({ outageId: '1', ...span(from, to) });
const proof = (from: number, to: number) => ({ from: at(from), to: at(to) });

describe('the gap of an outage', () => {
  it('is what lies in the outage and in the proof, in whole seconds', () => {
    assert.deepEqual(unbilledParts(gap(10.9, 99.9), proof(0, 200), []), [span(10, 99)]);
    assert.deepEqual(unbilledParts(gap(10, 99), proof(40.2, 200.2), []), [span(40, 99)]);
    assert.deepEqual(unbilledParts(gap(10, 99), proof(0, 50), []), [span(10, 50)]);
    assert.deepEqual(unbilledParts(gap(10, 99), proof(99, 200), []), []);
    assert.deepEqual(unbilledParts(gap(10, 10.5), proof(0, 200), []), []);
  });

  it('is without every second that an interval bills', () => {
    const billed = [span(0, 20), span(30, 30), span(40, 50), span(45, 60), span(90, 200), span(300, 400)];
    assert.deepEqual(unbilledParts(gap(10, 99), proof(0, 200), billed), [span(20, 30), span(30, 40), span(60, 90)]);
    assert.deepEqual(unbilledParts(gap(10, 99), proof(0, 200), [span(0, 100)]), []);
  });

  it('is cut at the end of each cycle that it runs through', () => {
    const cycleAt = (moment: Date) => monthlyCycle(at(50), moment);
    assert.deepEqual(splitAtCycles(span(10, 99), cycleAt), [span(10, 50), span(50, 99)]);
    assert.deepEqual(splitAtCycles(span(50, 99), cycleAt), [span(50, 99)]);
    assert.deepEqual(splitAtCycles(span(10, 50), cycleAt), [span(10, 50)]);
    const [first, second, third] = splitAtCycles(span(10, 40 * 86_400), cycleAt);
    assert.deepEqual([first, second?.endedAt, third?.endedAt], [span(10, 50), third?.startedAt, at(40 * 86_400)]);
  });

  it('leaves a broken second to the cycle that ends in it', () => {
    assert.deepEqual(
      splitAtCycles(span(10, 99), (moment) => monthlyCycle(at(50.5), moment)),
      [span(10, 51), span(51, 99)],
    );
  });
});
