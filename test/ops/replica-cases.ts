import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DEADLINES_EVERY_MS } from '../../src/jobs/shared-ticks.ts';
import { sampleOf, scrape } from '../observability/scrape.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, call } from '../support/http.ts';
import { calleeOf, refreshAt, startRelayAt, type Tokens, useAt } from '../support/ops/plugin.ts';
import type { Replicas } from '../support/ops/replicas.ts';
import type { ServerProcess } from '../support/process.ts';

/** In seconds: far longer than any news may take, so that only news ends the poll in time. */
const POLL_SECONDS = 25;
/** Within this, in milliseconds, a poll hears of a change, whatever became of the listener. */
const NEWS_LIMIT_MS = 10_000;
/** Periods of the deadlines' run to look at. */
const PERIODS = 12;

/** What holds for several replicas, with a pooler or without one. */
export function itHoldsForReplicas(replicas: () => Replicas): void {
  it('a plugin walks across both APIs: sign-in, refresh, relay, stop', async () => {
    const { apis, signIn } = replicas();
    const [first, second] = apis;
    const device = await signIn();
    assert.equal(await useAt(calleeOf(second), device), 200);
    const next = (await refreshAt(calleeOf(second), device)) as Tokens;
    assert.equal(await useAt(calleeOf(first), next), 200);
    const relay = await startRelayAt(calleeOf(first), next);
    const seen = await call(calleeOf(second), 'GET', '/relay/active', { token: next.access });
    assert.equal(seen.body.session.session_id, relay.session_id);
    await stopAt(second, next, relay.session_id);
    const after = await call(calleeOf(first), 'GET', '/relay/active', { token: next.access });
    assert.equal(after.status, 204, after.text);
  });

  it('a long poll at one API hears of what the other one did', async () => {
    const { apis, signIn } = replicas();
    const device = await signIn();
    const poll = pollWhileIdle(apis[0], device);
    await waitingAt(apis[0]);
    await startAndStop(apis[1], device, poll);
  });

  it('a long poll whose listener is cut off meanwhile hears of it too, and all listeners come back', async () => {
    const { apis, workers, signIn, cluster } = replicas();
    const device = await signIn();
    const poll = pollWhileIdle(apis[0], device);
    await waitingAt(apis[0]);
    const cut = await cluster.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'telemy-listener'",
    );
    assert.equal(cut.length, 4, 'one for each process');
    await startAndStop(apis[1], device, poll);
    for (const server of [...apis, ...workers]) await untilReady(server);
  });

  it('of three workers one does the run of each period, also when the busiest is killed', async function () {
    this.timeout(120_000);
    const { workers, deployment, cluster } = replicas();
    const three = [...workers, await deployment.start('worker')];
    const before = await countRuns(three);
    const began = Date.now();
    await eventually(async () => assert.ok((await countRuns(three)).total - before.total >= PERIODS), {
      timeoutMs: 3 * PERIODS * DEADLINES_EVERY_MS,
      intervalMs: 100,
    });
    const after = await countRuns(three);
    // The period it began in counts too.
    const periods = Math.ceil((Date.now() - began) / DEADLINES_EVERY_MS) + 1;
    assert.ok(after.total - before.total <= periods, `${after.total - before.total} runs in ${periods} periods`);

    const done = after.each.map((runs, index) => runs - (before.each[index] ?? 0));
    const busiest = three[done.indexOf(Math.max(...done))] as ServerProcess;
    busiest.kill('SIGKILL');
    await busiest.exited;
    const left = three.filter((worker) => worker !== busiest);
    workers.splice(0, workers.length, ...left);
    const then = await countRuns(left);
    await eventually(async () => assert.ok((await countRuns(left)).total - then.total >= PERIODS), {
      timeoutMs: 3 * PERIODS * DEADLINES_EVERY_MS,
      intervalMs: 100,
    });
    const rows = await cluster.query('select name from schedules order by name', 'telemy');
    assert.ok(rows.some(({ name }) => name === 'reconcile'));
  });
}

/** How often the workers looked for deadlines: together, and each. */
async function countRuns(workers: readonly ServerProcess[]): Promise<{ total: number; each: number[] }> {
  const labels = { task: 'deadlines', outcome: 'completed' };
  const each = await Promise.all(
    workers.map(async (worker) => sampleOf(await scrape(worker), 'telemy_jobs_total', labels)),
  );
  return { total: each.reduce((sum, runs) => sum + runs, 0), each };
}

/** Waits for the start of a relay. */
function pollWhileIdle(server: ServerProcess, { access: token }: Tokens): Promise<Answer> {
  return call(calleeOf(server), 'GET', `/relay/active?wait_seconds=${POLL_SECONDS}`, { token });
}

async function waitingAt(server: ServerProcess): Promise<void> {
  await eventually(async () => assert.equal(sampleOf(await scrape(server), 'telemy_waiting_polls'), 1));
}

/** Starts a relay, which the poll that waits elsewhere must hear of, and stops it. */
async function startAndStop(server: ServerProcess, device: Tokens, poll: Promise<Answer>): Promise<void> {
  const headers = { 'Idempotency-Key': randomUUID() };
  const began = performance.now();
  const started = await call(calleeOf(server), 'POST', '/relay/start', { token: device.access, body: {}, headers });
  assert.equal(started.status, 201, started.text);
  const { status, body, text } = await poll;
  assert.equal(status, 200, text);
  assert.equal(body.session.session_id, started.body.session.session_id);
  assert.ok(performance.now() - began < NEWS_LIMIT_MS, `after ${performance.now() - began} ms`);
  await stopAt(server, device, body.session.session_id);
}

async function stopAt(server: ServerProcess, { access: token }: Tokens, session_id: string): Promise<void> {
  const { status, text } = await call(calleeOf(server), 'POST', '/relay/stop', { token, body: { session_id } });
  // 202: it is still being brought up, and ends at the launch's next step.
  assert.ok(status === 200 || status === 202, text);
  await eventually(
    async () => assert.equal((await call(calleeOf(server), 'GET', '/relay/active', { token })).status, 204),
    { timeoutMs: NEWS_LIMIT_MS },
  );
}

/** Database and listener are there, and the process has survived. */
export async function untilReady({ adminUrl }: ServerProcess): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(`${adminUrl}/readyz`);
      assert.deepEqual((await response.json()).checks, { database: 'ok', listener: 'ok' });
    },
    { timeoutMs: 20_000 },
  );
}
