import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { API_ROOT } from '../../src/http/contract-document.ts';
import { sampleOf, scrape } from '../observability/scrape.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser } from '../support/factories.ts';
import { exitWithin, type ServerProcess } from '../support/process.ts';
import { type Outcome, runCommand } from '../support/run-command.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { type Lab, openLab } from './lab.ts';
import { startLoad } from './load.ts';
import { answersOf, linesOf, pidsOf, started } from './process-lines.ts';

const TWO = { WEB_CONCURRENCY: '2', LOG_LEVEL: 'info' };
/** Starting again takes a process of Node a second or two. */
const SOON = { timeoutMs: 15_000 };
const READS = { operation: 'getAuthSession', status: '200' };

/** Why it can't start, and what is said. */
const FAULTS: [name: string, env: (lab: Lab) => Record<string, string>, said: RegExp][] = [
  [
    'the port is taken',
    ({ api }) => ({ LISTEN_ADDR: new URL(api.url).host }),
    /^The start failed: port \d+ is taken/gm,
  ],
  [
    'the port for operators is taken',
    ({ api }) => ({ ADMIN_LISTEN_ADDR: new URL(api.adminUrl).host }),
    /^The start failed: port \d+ is taken/gm,
  ],
  [
    'the schema is missing',
    ({ api }) => ({ DATABASE_URL: api.databaseUrl.replace(/[^/]+$/, 'postgres') }),
    /^The start failed: .*migrat/gim,
  ],
  ['a variable is nonsense', () => ({ WEB_CONCURRENCY: 'many' }), /^ {2}- WEB_CONCURRENCY must be a number/gm],
  ['it is development', () => ({ NODE_ENV: 'development' }), /^ {2}- WEB_CONCURRENCY must be 1 in development/gm],
];

describe('WEB_CONCURRENCY=2', function () {
  this.timeout(60_000);
  let lab: Lab;
  let whole: ServerProcess;
  let api: ServerProcess;
  let token: string;
  /** Of the whole service, so far. */
  let reads = 0;

  before(async () => {
    lab = await openLab();
    // The two differ in who starts first, and are ended in different ways.
    [whole, api] = await Promise.all([lab.start('all', TWO), lab.start('api', TWO)]);
    ({ token } = await signInNewUser(lab.api));
  });

  after(() => lab?.close());

  const read = async (): Promise<void> => {
    const { statusCode } = await readAnew(whole, token, '/auth/session');
    assert.equal(statusCode, 200);
    reads += 1;
  };
  /** Which process a connection comes to is up to the system. */
  const readUntilAnsweredBy = (pids: readonly number[]): Promise<void> =>
    eventually(async () => {
      await read();
      const answered = new Set(answersOf(whole, READS.operation));
      assert.deepEqual(
        pids.filter((pid) => !answered.has(pid)),
        [],
      );
    }, SOON);

  it('has two processes answer on one address, one run the worker, and none of them where they are started from', async () => {
    const roles = started(whole).map(({ role }) => role);
    assert.deepEqual(roles.sort(), ['api', 'api', 'worker']);
    await readUntilAnsweredBy(pidsOf(whole, 'api'));
  });

  it('tells operators of all processes together: what they have counted, and that each is ready', async () => {
    const samples = await scrape(whole);
    assert.equal(sampleOf(samples, 'telemy_http_requests_total', READS), reads);
    assert.equal(
      sampleOf(samples, 'telemy_http_request_duration_seconds_count', { operation: READS.operation }),
      reads,
    );
    assert.equal(sampleOf(samples, 'telemy_database_pool_limit', { pool: 'requests' }), 45);
    assert.equal(sampleOf(samples, 'telemy_database_listener_connected'), 1);
    const { status, body } = await readiness(whole);
    assert.equal(status, 200);
    assert.deepEqual(body, { status: 'ready', checks: { processes: 'ok', database: 'ok', listener: 'ok' } });
  });

  it('refuses to move the clock, which each process has for itself', async () => {
    const body = JSON.stringify({ advance_seconds: 1 });
    const { status } = await fetch(`${whole.adminUrl}/dev/clock`, { method: 'POST', body });
    assert.equal(status, 403);
  });

  it('replaces processes that are killed, while the other goes on and nothing that they counted is lost', async () => {
    const before = started(whole);
    const [victim] = pidsOf(whole, 'api') as [number];
    const [worker] = pidsOf(whole, 'worker') as [number];
    for (const pid of [victim, worker]) process.kill(pid, 'SIGKILL');
    await eventually(() => assert.equal(linesOf(whole, 'process_ended').length, 2));
    const { status, body } = await readiness(whole);
    assert.equal(status, 503);
    assert.match(JSON.stringify(body), /"processes":"1 of 3 answer"/);
    for (let time = 0; time < 8; time += 1) await read();
    await eventually(() => assert.equal(started(whole).length, 5), SOON);
    assert.equal((await readiness(whole)).status, 200);
    await readUntilAnsweredBy(pidsOf(whole, 'api').filter((pid) => pid !== victim));
    const samples = await scrape(whole);
    assert.equal(sampleOf(samples, 'telemy_http_requests_total', READS), reads);
    const begun = sampleOf(samples, 'process_start_time_seconds');
    assert.ok(begun * 1000 > Math.max(...before.map(({ time }) => Date.parse(time))), 'no newer start is told');
  });

  it('drains at SIGTERM: polls and a load over kept connections are answered, it ends with 0, and no process stays', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => signInNewUser(lab.api)));
    const load = startLoad(users.map((user) => ({ url: api.url, token: user.token })));
    const polls = Array.from({ length: 2 }, () => readAnew(api, token, '/relay/active?wait_seconds=25'));
    await eventually(async () => assert.equal(sampleOf(await scrape(api), 'telemy_waiting_polls'), 2), SOON);
    await eventually(() => assert.ok(load.answers.length >= 200), SOON);
    api.kill('SIGTERM');
    const statuses = (await Promise.all(polls)).map(({ statusCode }) => statusCode);
    assert.deepEqual(statuses, [204, 204]);
    assert.deepEqual(await exitWithin(api, 25_000), { code: 0, signal: null }, api.output());
    await load.ended;
    assert.deepEqual(load.dropped, []);
    assert.deepEqual(pidsOf(api, 'api').filter(isThere), []);
  });

  it('leaves no process behind when the one that they were started from is killed', async () => {
    const pids = started(whole).map(({ process: pid }) => pid);
    assert.equal(pids.filter(isThere).length, 3);
    whole.kill('SIGKILL');
    await eventually(() => assert.deepEqual(pids.filter(isThere), []), SOON);
  });

  describe('when the start fails because', () => {
    const outcomes = new Map<string, Outcome>();

    before(async () => {
      const { databaseUrl, config } = lab.api;
      const usable = {
        NODE_ENV: 'test',
        LISTEN_ADDR: '127.0.0.1:0',
        ADMIN_LISTEN_ADDR: '127.0.0.1:0',
        DATABASE_URL: databaseUrl,
        DATA_DIR: config.dataDir,
        ...TEST_SECRETS,
        ...TWO,
      };
      await Promise.all(
        FAULTS.map(async ([name, env]) => outcomes.set(name, await runCommand(['api'], { ...usable, ...env(lab) }))),
      );
    });

    for (const [name, , said] of FAULTS) {
      it(`${name}, says so once, and ends with 1`, () => {
        const { code, stdout, stderr } = outcomes.get(name) as Outcome;
        assert.equal(code, 1, stderr);
        assert.equal(stderr.match(said)?.length, 1, stderr);
        assert.equal(stdout, '');
        assert.doesNotMatch(stderr, /is up\.$/m);
      });
    }
  });
});

/** Over a connection of its own. */
async function readAnew({ url }: ServerProcess, token: string, path: string): Promise<IncomingMessage> {
  const request = get(`${url}${API_ROOT}${path}`, { agent: false, headers: { Authorization: `Bearer ${token}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response;
}

async function readiness({ adminUrl }: ServerProcess): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${adminUrl}/readyz`);
  return { status: response.status, body: await response.json() };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
