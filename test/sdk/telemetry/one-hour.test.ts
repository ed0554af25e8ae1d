import assert from 'node:assert/strict';
import { createLinkTelemetry } from '../../../src/sdk/telemetry/index.ts';
import { createSeededRandom } from '../../support/seeded-random.ts';
import { createSimulatedSender } from './simulated-sender.ts';

const HOUR_MS = 3_600_000;
const SEED = Number(process.env.FC_SEED || Math.floor(Math.random() * 0x7fffffff));

/**
 * How it is measured: over an hour of polls every 1.6 to 2.4 s, the rates that are told are weighted with the time from one
 * good snapshot to the next, which is what a graph of them shows; their sum is compared with the bits that the simulated
 * sender has carried between the first and the last good snapshot.
 */
describe(`An hour of links (seed ${SEED})`, () => {
  it('gives each true rate within 1%: jittered polls and answers, torn ones, links that leave and rejoin', () => {
    const random = createSeededRandom(SEED);
    const sender = createSimulatedSender(random, true);
    const telemetry = createLinkTelemetry();
    const told = [0, 0, 0, 0];
    const keys = new Set<string>();
    let first: number[] | undefined;
    let last: number[] = [];
    let lastMs = 0;
    let torn = 0;
    for (let askedMs = 0; askedMs < HOUR_MS; askedMs += 1600 + 800 * random()) {
      const takesMs = 5 + 115 * random();
      const text = sender.answerAt(askedMs + takesMs * random());
      const atMs = askedMs + takesMs / 2;
      if (random() < 0.05) {
        torn += 1;
        assert.equal(telemetry.feed(text.slice(0, Math.floor(text.length * random())), atMs).status === 'fresh', false);
        continue;
      }
      const { links, totals } = telemetry.feed(text, atMs);
      last = [0, 1, 2, -1].map(sender.carried);
      first ??= last;
      const elapsedMs = lastMs === 0 ? 0 : atMs - lastMs;
      for (const { key, label, kbps } of links) {
        keys.add(key);
        const link = Number(label.replace('Link ', '')) - 1;
        told[link] = (told[link] ?? 0) + (kbps ?? 0) * elapsedMs;
      }
      told[3] = (told[3] ?? 0) + (totals.kbps ?? 0) * elapsedMs;
      lastMs = atMs;
    }
    assert.equal(torn > 20, true, 'some were torn');
    assert.equal(keys.size, 3, 'each link stayed the same over all its lives');
    for (const [index, bits] of told.entries()) {
      const truth = ((last[index] ?? 0) - (first?.[index] ?? 0)) * 8;
      const error = Math.abs(bits - truth) / truth;
      assert.equal(error < 0.01, true, `link ${index}: off by ${(error * 100).toFixed(2)}%`);
    }
  });

  it('gives every single rate within 1% where answers take no time', () => {
    const random = createSeededRandom(SEED);
    const sender = createSimulatedSender(random, false);
    const telemetry = createLinkTelemetry();
    let before: { ms: number; bytes: number[] } | undefined;
    for (let ms = 20; ms < HOUR_MS; ms += 20 * Math.round(80 + 40 * random())) {
      const { links } = telemetry.feed(sender.answerAt(ms), ms);
      const bytes = [0, 1, 2].map(sender.carried);
      for (const [link, { kbps }] of before ? links.entries() : []) {
        const truth = (((bytes[link] ?? 0) - (before?.bytes[link] ?? 0)) * 8) / (ms - (before?.ms ?? 0));
        assert.equal(Math.abs((kbps ?? 0) - truth) / truth < 0.01, true, `${kbps} is not ${truth} at ${ms} ms`);
      }
      before = { ms, bytes };
    }
  });
});
