import assert from 'node:assert/strict';
import type { TelemyClient } from '../../../src/sdk/client-types.ts';
import { watchSession } from '../../../src/sdk/scene/session-watch.ts';
import { createManualTimers } from '../../support/manual-timers.ts';

type Session = Awaited<ReturnType<TelemyClient['getActiveRelay']>>;
const ACTIVE = { status: 'active' } as unknown as Session;

describe('The look at the session for the scene engine', () => {
  /** @param answers one for each look; an Error: it fails */
  function watch(answers: (Session | Error)[], ready = Promise.resolve()) {
    const timers = createManualTimers();
    const told: string[] = [];
    let asked = 0;
    const stop = watchSession({
      client: {
        async getActiveRelay() {
          const answer = answers[asked] ?? null;
          asked += 1;
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
      query: {},
      tell: (fact) => told.push(`${fact.type} ${'status' in fact ? fact.status : ''}`),
      timers,
      pollMs: 2_000,
      ready,
    });
    return { timers, told, stop, asked: () => asked };
  }

  it('is a startup until the control plane answered once, then news of the session', async () => {
    const { timers, told } = watch([new Error('no network'), ACTIVE, ACTIVE, new Error('no network'), null]);
    await timers.advance(8_000);
    assert.deepEqual(told, [
      'startup unreachable',
      'startup active',
      'cloud active',
      'cloud unreachable',
      'cloud none',
    ]);
  });

  it('holds the startup back until there was a word of the signal', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { timers, told } = watch([ACTIVE], promise);
    await timers.advance(10_000);
    assert.deepEqual(told, []);
    resolve();
    await timers.advance(0);
    assert.deepEqual(told, ['startup active']);
  });

  it('tells nothing and asks nothing once it is stopped, not even of an answer under way', async () => {
    const { timers, told, stop, asked } = watch([ACTIVE]);
    stop();
    await timers.advance(10_000);
    assert.deepEqual(told, []);
    assert.equal(asked(), 1);
  });
});
