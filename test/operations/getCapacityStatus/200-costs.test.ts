import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Database } from '../../../src/database/connect.ts';
import { eventually } from '../../support/eventually.ts';
import { freezeClock } from '../../support/freeze-clock.ts';
import { type Answer, call } from '../../support/http.ts';
import { assertError } from '../../support/relay-calls.ts';
import type { StillClock } from '../../support/still-clock.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const HERD = 300;
/** How long one answer is for, in seconds. */
const WINDOW_SECONDS = 15;

describe('getCapacityStatus 200, asked for by many', () => {
  let app: TestApp;
  let clock: StillClock;
  let queries: string[];
  let told: number;

  // Each with nothing known yet.
  beforeEach(async () => {
    app = await startTestApp({ roles: ['api'] });
    clock = freezeClock(app);
    queries = [];
    app.database.on('query', ({ sql }: { sql: string }) => queries.push(sql));
    told = 0;
    const { capacity } = app.provider;
    app.provider.capacity = () => {
      told += 1;
      return capacity();
    };
  });
  afterEach(() => app.stop());

  const read = () => call(app, 'GET', '/capacity/status', { headers: { Origin: 'https://example.com' } });
  const herd = (): Promise<Answer[]> => Promise.all(Array.from({ length: HERD }, read));
  /** The same, and calls `then` once the server has taken them all in. */
  const herdThen = async (then: () => unknown): Promise<Answer[]> => {
    let arrived = 0;
    const count = () => {
      arrived += 1;
    };
    subscribe('http.server.request.start', count);
    const answers = herd();
    await eventually(() => assert.equal(arrived, HERD)).finally(() => unsubscribe('http.server.request.start', count));
    await then();
    return answers;
  };
  const statuses = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))];
  const breakFigures = (on: Database = app.database) =>
    on.raw('alter table relay_sessions rename activated_at to gone');
  const mendFigures = () => app.database.raw('alter table relay_sessions rename gone to activated_at');

  it('costs one query and one question to the provider when all come at once with nothing known', async () => {
    const answers = await herd();
    assert.deepEqual([statuses(answers), queries.length, told], [[200], 1, 1]);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  });

  it('costs one query in each window, however many ask in it', async () => {
    await herd();
    for (let window = 2; window <= 5; window += 1) {
      clock.forward(WINDOW_SECONDS);
      assert.deepEqual(statuses(await herd()), [200]);
      await eventually(() => assert.deepEqual([queries.length, told], [window, window]));
      clock.forward(WINDOW_SECONDS - 1);
      assert.deepEqual(statuses(await herd()), [200]);
      assert.deepEqual([queries.length, told], [window, window]);
      clock.forward(1 - WINDOW_SECONDS);
    }
  });

  it('costs one query, and waits for it, when nobody has asked for long', async () => {
    await herd();
    clock.forward(3600);
    const answers = await herd();
    assert.deepEqual([statuses(answers), queries.length], [[200], 2]);
    for (const { body } of answers) assert.equal(body.updated_at, clock.now().toISOString());
  });

  it('is the last answer while the database fails, which is asked once in each window, and the next one behind it', async () => {
    const [before] = await herd();
    await breakFigures();
    for (let window = 1; window <= 3; window += 1) {
      clock.forward(3600);
      queries.length = 0;
      const answers = await herd();
      assert.deepEqual([statuses(answers), queries.length], [[200], 1]);
      for (const { text } of answers) assert.equal(text, before?.text);
    }
    assert.match(app.logLines.join(''), /capacity_figures_unknown/);
    await mendFigures();
    clock.forward(3600);
    assert.equal((await read()).body.updated_at, clock.now().toISOString());
  });

  it('is an error for all while the database fails and nothing is known, at the cost of one query for all who wait', async () => {
    // A query waits for the commit, so that it doesn't fail before all wait for it.
    const breaking = await app.database.transaction();
    await breakFigures(breaking);
    queries.length = 0;
    const answers = await herdThen(() => breaking.commit());
    for (const answer of answers) assertError(answer, 500, 'internal_error');
    assert.equal(queries.filter((sql) => sql !== 'COMMIT;').length, 1);
    for (const { headers } of answers) {
      assert.equal(headers.get('Cache-Control'), 'no-store');
      assert.equal(headers.get('Access-Control-Allow-Origin'), '*');
    }
    await mendFigures();
    assert.deepEqual(statuses(await herd()), [200]);
  });

  it('says limited within a few seconds when the provider never says anything', async () => {
    app.provider.capacity = () => new Promise(() => undefined);
    const [answer] = await herd();
    assert.deepEqual([answer?.status, answer?.body.status], [200, 'limited']);
    assert.equal(queries.length, 1);
  });

  it('keeps what the provider said last when it fails, and tells how old that is', async () => {
    const [before] = await herd();
    app.provider.capacity = async () => Promise.reject(new Error('not now'));
    clock.forward(3600);
    const { body } = await read();
    assert.deepEqual(body, before?.body);
    assert.match(app.logLines.join(''), /capacity_unknown/);
  });
});
