import assert from 'node:assert/strict';
import type { TelemyClient } from '../../../src/sdk/client-types.ts';
import type { SceneFact } from '../../../src/sdk/scene/inputs.ts';
import { watchSession } from '../../../src/sdk/scene/session-watch.ts';
import { createManualTimers } from '../../support/manual-timers.ts';

type Session = Awaited<ReturnType<TelemyClient['getActiveRelay']>>;
type Query = Parameters<TelemyClient['getActiveRelay']>[0];
const ACTIVE = at(1);

function at(version: number): Session {
  return { status: 'active', version } as unknown as Session;
}

/** As the client rejects, of whichever copy of the SDK. */
function refusal(status: number, retryAfter?: number): Error {
  return Object.assign(new Error(`refused with ${status}`), { name: 'TelemyApiError', status, retryAfter });
}

describe('The look at the session for the scene engine', () => {
  /** @param answers one for each look; an Error: it fails */
  function watch(answers: (Session | Error)[], ready = Promise.resolve()) {
    const timers = createManualTimers();
    const told: string[] = [];
    const asked: { at: number; query: Query }[] = [];
    const stop = watchSession({
      client: {
        async getActiveRelay(query) {
          const answer = answers[asked.length];
          asked.push({ at: timers.now(), query });
          // The server holds its answer.
          if (answer === undefined) return new Promise(() => undefined);
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
      query: { connectionId: 'c' },
      tell: (fact) => told.push(describeFact(fact)),
      timers,
      pollMs: 2_000,
      ready,
    });
    return { timers, told, stop, asked };
  }

  it('is a startup until the control plane answered once, then news of the session', async () => {
    const { timers, told } = watch([new Error('no network'), ACTIVE, ACTIVE, new Error('no network'), null]);
    await timers.advance(7_999);
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
    assert.equal(asked.length, 1);
  });

  it('has the server wait for news of a session that it knows, and asks again as soon as there are some', async () => {
    const { timers, asked } = watch([null, at(1), at(2)]);
    await timers.advance(10_000);
    const waiting = { connectionId: 'c', waitSeconds: 25 };
    assert.deepEqual(asked, [
      { at: 0, query: { connectionId: 'c' } },
      { at: 2_000, query: { connectionId: 'c' } },
      { at: 2_000, query: { ...waiting, sinceVersion: 1 } },
      { at: 2_000, query: { ...waiting, sinceVersion: 2 } },
    ]);
  });

  it('keeps its pace behind an answer without news, held back or not, and asks without waiting behind an error', async () => {
    const { timers, asked } = watch([at(1), at(1), new Error('no network'), at(1)]);
    await timers.advance(10_000);
    assert.deepEqual(
      asked.map(({ at: time, query }) => [time, query?.sinceVersion]),
      [
        [0, undefined],
        [0, 1],
        [2_000, 1],
        [4_000, undefined],
        [6_000, 1],
      ],
    );
  });

  it('takes too many questions for no news, and waits as long as the server says', async () => {
    const { timers, told, asked } = watch([at(1), refusal(429, 7), refusal(429), at(1)]);
    await timers.advance(20_000);
    assert.deepEqual(told, ['startup active', 'cloud active']);
    assert.deepEqual(
      asked.map(({ at: time }) => time),
      [0, 0, 7_000, 9_000, 11_000],
    );
  });

  for (const status of [401, 403]) {
    it(`takes ${status} for a fault of the sign-in, and the next session for one to be found again`, async () => {
      const { timers, told } = watch([at(1), refusal(status), at(1)]);
      await timers.advance(10_000);
      assert.deepEqual(told, ['startup active', `auth fault: refused with ${status}`, 'startup active']);
    });
  }

  it('takes any other refusal for a control plane that is not there', async () => {
    const { timers, told } = watch([refusal(500), Object.assign(new Error('a socket'), { status: 401 })]);
    await timers.advance(10_000);
    assert.deepEqual(told, ['startup unreachable', 'startup unreachable']);
  });
});

function describeFact(fact: SceneFact): string {
  if (fact.type === 'fault') return `${fact.kind} fault: ${fact.message}`;
  return `${fact.type} ${'status' in fact ? fact.status : ''}`;
}
