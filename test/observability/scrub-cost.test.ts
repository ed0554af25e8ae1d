import assert from 'node:assert/strict';
import { scrub } from '../../src/observability/scrub.ts';

/** As long as the longest path that a request can have. */
const LONGEST = 15_000;
const STARTS = [
  'eyJ',
  'eyJ-',
  'eyJaaaaaaaa.',
  'aut_-',
  'aut_a.1.',
  'postgres://:',
  'Bearer ',
  'live_',
  'a@',
  'a@b.',
  '@.',
];

/** How much longer the long line is than the short one. */
const TIMES = 8;

describe('What masks the log', () => {
  for (const start of STARTS) {
    it(`costs in proportion to the length of a line of "${start}" again and again`, () => {
      const text = start.repeat(LONGEST / start.length);
      const [long, short] = [cost(text), cost(text.slice(0, LONGEST / TIMES))];
      // What grows with the square takes 64 times as long; the first milliseconds are too few to tell.
      assert.ok(long < 5 || long < 3 * TIMES * short, `${long} ms for the long line, ${short} ms for the short one`);
    });
  }

  it('finds secrets that follow an escape of JSON', () => {
    const refresh = `aut_0123456789.3.${'s'.repeat(43)}`;
    const jwt = `eyJ${'h'.repeat(20)}.eyJ${'p'.repeat(30)}.${'s'.repeat(43)}`;
    const live = `live_${'k'.repeat(16)}`;
    const line = JSON.stringify({ text: `\n${refresh}\n${jwt}\n${live}\t` });
    for (const secret of [refresh, jwt, live]) assert.equal(scrub(line).includes(secret), false, secret);
    assert.deepEqual(JSON.parse(scrub(line)), { text: '\n[token]\n[token]\nlive_[secret]\t' });
  });
});

/** Milliseconds of the processor. */
function cost(text: string): number {
  const took = Array.from({ length: 5 }, () => {
    const began = process.cpuUsage();
    scrub(text);
    const { user, system } = process.cpuUsage(began);
    return user + system;
  });
  return Math.min(...took) / 1000;
}
