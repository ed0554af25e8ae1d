import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { assertError, untilWaiting } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

/** Most polls of a user that may wait at a time. */
const MOST = 4;

describe('getActiveRelay 429', () => {
  const app = useApp({ roles: ['api'] });
  let open: Promise<unknown>[];
  let hangUp: AbortController;

  beforeEach(() => {
    open = [];
    hangUp = new AbortController();
  });
  afterEach(async () => {
    hangUp.abort();
    await Promise.all(open);
    await untilWaiting(app(), 0);
  });

  /** Holds so many polls open until the end of the test. */
  const hold = (token: string, polls: number): void => {
    const { signal } = hangUp;
    const path = () => `/relay/active?wait_seconds=25&connection_id=${randomUUID()}`;
    for (let count = 0; count < polls; count += 1) {
      open.push(call(app(), 'GET', path(), { token, signal }).catch(() => undefined));
    }
  };
  const poll = (token: string, query: string): Promise<Answer> =>
    call(app(), 'GET', `/relay/active${query}`, { token });

  it('refuses the fifth poll of a user that would wait, with Retry-After', async () => {
    const { token } = await signInNewUser(app());
    hold(token, MOST);
    await untilWaiting(app(), MOST);
    const answer = await poll(token, '?wait_seconds=25');
    assert.equal(assertError(answer, 429, 'rate_limited').reason_code, undefined);
    assert.match(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
    await untilWaiting(app(), MOST);
  });

  it('answers polls that need not wait, whatever waits', async () => {
    const { token } = await signInNewUser(app());
    hold(token, MOST);
    await untilWaiting(app(), MOST);
    assert.equal((await poll(token, '')).status, 204);
    assert.equal((await poll(token, '?wait_seconds=0')).status, 204);
    assert.equal((await poll(token, '?wait_seconds=25&since_version=3')).status, 204);
    await start(app(), token);
    assert.equal((await poll(token, '?wait_seconds=25&since_version=3')).status, 200);
  });

  it('is counted per user', async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    hold(mia.token, MOST);
    hold(ben.token, MOST);
    await untilWaiting(app(), 2 * MOST);
    assertError(await poll(ben.token, '?wait_seconds=25'), 429, 'rate_limited');
  });

  it('leaves room again once a poll is answered', async () => {
    const { token } = await signInNewUser(app());
    hold(token, MOST - 1);
    await untilWaiting(app(), MOST - 1);
    const fourth = poll(token, '?wait_seconds=25');
    await untilWaiting(app(), MOST);
    await start(app(), token);
    assert.equal((await fourth).status, 200);
    await untilWaiting(app(), MOST - 1);
    hold(token, 1);
    await untilWaiting(app(), MOST);
    assertError(await poll(token, `?wait_seconds=25&connection_id=${randomUUID()}`), 429, 'rate_limited');
  });
});
