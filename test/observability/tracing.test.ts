import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start, waitForStatus } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.ts';
import { type SentSpan, startTraceCollector, type TraceCollector } from '../support/trace-collector.ts';
import { sampleOf, scrape } from './scrape.ts';
import { gatherSecrets, storedSecrets } from './secrets-seen.ts';

const SERVER = 2;
const TOLD = { traceId: 'a'.repeat(32), header: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };

describe('Traces', () => {
  let collector: TraceCollector;
  before(async () => {
    collector = await startTraceCollector();
  });
  after(() => collector.close());

  /** Runs with an application that traces, ends it, and answers the spans that the collector has got then. */
  async function traced(work: (app: TestApp) => Promise<void>, env: Record<string, string> = {}): Promise<SentSpan[]> {
    collector.spans.length = 0;
    const app = await startTestApp({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env } });
    try {
      await work(app);
    } finally {
      await app.stop();
    }
    return collector.spans;
  }

  const ofRequest = (spans: SentSpan[], id: string | null) =>
    spans.find(({ kind, attributes }) => kind === SERVER && attributes['telemy.request_id'] === id) as SentSpan;

  it('lead from a start through its job to the calls of the provider, in one trace, which the log names', async () => {
    const secrets = new Map<string, string>();
    let requestId: string | null = null;
    let lines: Record<string, string>[] = [];
    let userId = '';
    const spans = await traced(
      async (app) => {
        const seen = gatherSecrets(app);
        const { user, token } = await signInNewUser(app);
        userId = user.id;
        const started = await start(app, token);
        requestId = started.headers.get('X-Request-ID');
        await waitForStatus(app, token, started.body.session, 'active');
        // The job notes that it is done after the session is active.
        await eventually(async () => {
          const open = await app.database('jobs.job').whereNot({ state: 'completed' }).select('name');
          assert.deepEqual(open, []);
        });
        lines = app.logLines.map((line) => JSON.parse(line));
        for (const [secret, where] of [...seen, ...(await storedSecrets(app))]) secrets.set(secret, where);
      },
      { OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=k%20ey' },
    );
    const request = ofRequest(spans, requestId);
    assert.equal(request.name, 'startRelay');
    const trace = spans.filter(({ traceId }) => traceId === request.traceId);
    const named = (name: string) => trace.find((span) => span.name === name) as SentSpan;
    const job = named('job relay-provision');
    assert.equal(job.parentSpanId, request.spanId);
    assert.equal(named('local.provision').parentSpanId, job.spanId);
    // The call over HTTP to the host of the stand-ins is within that.
    assert.ok(
      trace.some(
        ({ name, parentSpanId }) => /^POST 127/.test(name) && parentSpanId === named('local.provision').spanId,
      ),
    );
    const inRequest = trace.filter(({ parentSpanId }) => parentSpanId === request.spanId).map(({ name }) => name);
    assert.ok(inRequest.includes('db WITH'), inRequest.join(', '));
    assert.ok(spans.some(({ name }) => name === 'long poll wait'));
    const line = lines.find(({ request_id, msg }) => request_id === requestId && msg === 'request');
    assert.equal(line?.trace_id, request.traceId);
    assert.deepEqual([...collector.serviceNames], ['telemy-control-plane']);
    assert.equal(collector.headers[0]?.['x-collector-key'], 'k ey');

    const sent = collector.bodies.join('');
    for (const [name, secret] of Object.entries(TEST_SECRETS)) secrets.set(secret, name);
    secrets.set(userId, 'the user');
    for (const [secret, where] of secrets) assert.equal(sent.includes(secret), false, `the spans hold ${where}`);
  });

  it('are joined only where a trusted proxy says so; a stranger is linked', async () => {
    const headers = { traceparent: TOLD.header };
    const ask = (id: string) => async (app: TestApp) => {
      await call(app, 'GET', '/relay/active', { headers: { ...headers, 'X-Request-ID': id } });
    };
    const [one, other] = [randomUUID(), randomUUID()];
    const stranger = ofRequest(await traced(ask(one)), one);
    assert.notEqual(stranger.traceId, TOLD.traceId);
    assert.deepEqual(
      stranger.links.map(({ traceId }) => traceId),
      [TOLD.traceId],
    );
    const trusted = ofRequest(await traced(ask(other), { TRUSTED_PROXIES: '127.0.0.0/8' }), other);
    assert.deepEqual([trusted.traceId, trusted.parentSpanId], [TOLD.traceId, 'b'.repeat(16)]);
  });

  it('are kept by the share that was asked for', async () => {
    const ask = async (app: TestApp) => void (await call(app, 'GET', '/relay/active'));
    assert.deepEqual(await traced(ask, { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }), []);
    assert.ok((await traced(ask, { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' })).length > 0);
  });

  it('mark what failed, without its words', async () => {
    const id = randomUUID();
    const spans = await traced(async (app) => {
      const { token } = await signInNewUser(app);
      await app.database.raw('alter table relay_sessions rename column pair_token to gone');
      await call(app, 'GET', '/relay/active', { token, headers: { 'X-Request-ID': id } });
    });
    const request = ofRequest(spans, id);
    assert.deepEqual([request.status, request.attributes['error.type']], [2, '500']);
    const statement = spans.find(
      (span) => span.traceId === request.traceId && span.attributes['error.type'] === '42703',
    );
    assert.equal(statement?.status, 2);
  });

  for (const mood of ['fail', 'hang'] as const) {
    it(`do no harm where the collector does ${mood === 'fail' ? 'not take them' : 'never answer'}`, async () => {
      collector.mood = mood;
      try {
        let failures = 0;
        const began = performance.now();
        await traced(async (app) => {
          const { token } = await signInNewUser(app);
          const { status, body } = await start(app, token);
          assert.equal(status, 201);
          await waitForStatus(app, token, body.session, 'active');
          if (mood === 'hang') return;
          failures = await eventually(async () => {
            const count = sampleOf(await scrape(app), 'telemy_trace_export_failures_total');
            assert.ok(count > 0);
            return count;
          });
        });
        // A collector that hangs delays the end by no more than the time of one export.
        assert.ok(performance.now() - began < 15_000);
        assert.equal(failures > 0, mood === 'fail');
      } finally {
        collector.mood = 'take';
      }
    });
  }

  it('cost nothing where nobody collects them: nothing of OpenTelemetry is loaded', () => {
    // Its bare API is: pg-boss and prom-client ask it whether anyone listens.
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      await import('./src/serve.ts');
      console.log(loaded.filter((url) => url.includes('opentelemetry') && !url.includes('opentelemetry/api/')).length, loaded.some((url) => url.includes('/koa/')));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    assert.equal(said.trim(), '0 true');
  });
});
