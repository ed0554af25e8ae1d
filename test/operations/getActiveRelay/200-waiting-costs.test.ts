import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { untilWaiting } from '../../support/relay-calls.ts';
import { startTestApp, type TestApp, useApp } from '../../support/test-app.ts';

/** What connections the application's database pool has in use. */
interface Pool {
  numUsed(): number;
  max: number;
}

describe('getActiveRelay 200, while many polls wait', () => {
  const app = useApp();

  it('holds no database connection for 40 waiting polls, and serves others meanwhile', async () => {
    const users = [];
    for (let count = 0; count < 10; count += 1) users.push(await signInNewUser(app()));
    const waiting = users.flatMap(({ token }) =>
      [1, 2, 3, 4].map(() => call(app(), 'GET', '/relay/active?wait_seconds=25', { token })),
    );
    await untilWaiting(app(), 40);
    const pool = app().database.client.pool as Pool;
    assert.equal(pool.max < 40, true, 'so many polls could not each hold a connection');

    const other = await signInNewUser(app());
    const session = await startActive(app(), other.token);
    assert.equal(session.status, 'active');
    const reads = await Promise.all(users.map(({ token }) => call(app(), 'GET', '/auth/session', { token })));
    assert.deepEqual(new Set(reads.map(({ status }) => status)), new Set([200]));
    await untilWaiting(app(), 40);

    await Promise.all(users.map(({ token }) => start(app(), token)));
    const answers = await Promise.all(waiting);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  });

  it('leaves the whole pool to others while polls wait', async () => {
    const { token } = await signInNewUser(app());
    const polls = hold(app(), token, 4);
    await untilWaiting(app(), 4);
    // The job runner takes one now and then.
    await eventually(() => assert.equal((app().database.client.pool as Pool).numUsed(), 0));
    await untilWaiting(app(), 4);
    await polls.hangUp();
  });

  it('lets go of polls whose callers hang up', async () => {
    const { token } = await signInNewUser(app());
    const polls = hold(app(), token, 4);
    await untilWaiting(app(), 4);
    await polls.hangUp();
    await untilWaiting(app(), 0);
  });

  it('does not let callers who hung up, or asked nothing yet, hold up the end of the server', async () => {
    const own = await startTestApp({ roles: ['api'] });
    const { token } = await signInNewUser(own);
    const polls = hold(own, token, 4);
    await untilWaiting(own, 4);
    await polls.hangUp();
    const unused = connect(Number(new URL(own.url).port), '127.0.0.1');
    await once(unused, 'connect');
    const closed = once(unused, 'close');
    await own.stop();
    await closed;
  }).timeout(10_000);
});

/** Opens so many long polls, which wait until `hangUp`. */
function hold(app: TestApp, token: string, polls: number): { hangUp(): Promise<void> } {
  const caller = new AbortController();
  const poll = () => call(app, 'GET', '/relay/active?wait_seconds=25', { token, signal: caller.signal });
  const open = Promise.allSettled(Array.from({ length: polls }, poll));
  return {
    async hangUp() {
      caller.abort();
      await open;
    },
  };
}
