import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start } from '../support/factories.ts';
import { type Answer, call } from '../support/http.ts';
import { exitWithin, killGroup, type ServerProcess, startServerProcess } from '../support/process.ts';
import { type Lab, openLab } from './lab.ts';

/** Long before the drain of a request that never ends gives up, in milliseconds. */
const AT_ONCE_MS = 10_000;

describe('Signals', function () {
  this.timeout(60_000);
  let lab: Lab;

  beforeEach(async () => {
    lab = await openLab();
  });

  afterEach(async () => {
    await lab.close();
  });

  describe('to npm start', () => {
    let npm: ServerProcess | undefined;

    beforeEach(async () => {
      npm = await startServerProcess('api', {
        databaseUrl: lab.api.databaseUrl,
        dataDir: lab.api.config.dataDir,
        deployment: lab.deployment,
        byNpm: true,
      });
    });

    afterEach(() => {
      // A server that outlived its npm would hold the database.
      if (npm) killGroup(npm.pid, 'SIGKILL');
      npm = undefined;
    });

    const cases: [name: string, send: (npm: ServerProcess) => void][] = [
      ['SIGTERM reaches the server', ({ kill }) => kill('SIGTERM')],
      [
        'Ctrl-C, of which npm and the terminal both tell the server, is one wish',
        ({ pid }) => killGroup(pid, 'SIGINT'),
      ],
    ];
    for (const [name, send] of cases) {
      it(`${name}: a waiting poll is answered, npm ends with 0, and the ports are free then`, async () => {
        const server = npm as ServerProcess;
        const poll = await holdPoll(lab, server);
        send(server);
        assert.equal((await poll.answer).status, 204);
        assert.deepEqual(await exitWithin(server, AT_ONCE_MS), { code: 0, signal: null }, server.output());
        for (const url of [server.url, server.adminUrl]) await assertFree(url);
      });
    }
  });

  it('that come later than a second behind the first end the process at once, with 1', async () => {
    const server = await lab.start('api');
    const { token, user } = await signInNewUser(lab.api);
    const held = await lab.api.database.transaction();
    try {
      await held('users').where({ id: user.id }).forUpdate().first();
      const starting = start({ ...lab.api, url: server.url }, token);
      const dropped = assert.rejects(starting, TypeError);
      await untilSomeoneWaitsForALock(lab);
      const begin = performance.now();
      const impatient = setInterval(() => server.kill('SIGTERM'), 100);
      const exit = await exitWithin(server, AT_ONCE_MS).finally(() => clearInterval(impatient));
      assert.deepEqual(exit, { code: 1, signal: null }, server.output());
      assert.ok(performance.now() - begin >= 1000);
      await dropped;
    } finally {
      await held.rollback();
    }
  });
});

/** A long poll that the server holds open; wrapped, since a promise would be awaited. */
async function holdPoll(lab: Lab, server: ServerProcess): Promise<{ answer: Promise<Answer> }> {
  const { token } = await signInNewUser(lab.api);
  const answer = call(server, 'GET', '/relay/active?wait_seconds=25', { token });
  await eventually(async () => {
    const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
    assert.match(metrics, /^telemy_waiting_polls 1$/m);
  });
  return { answer };
}

async function untilSomeoneWaitsForALock({ api }: Lab): Promise<void> {
  await eventually(async () => {
    const { rows } = await api.database.raw(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    assert.equal(rows.length, 1);
  });
}

async function assertFree(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const server = createServer().listen(Number(port), hostname);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
