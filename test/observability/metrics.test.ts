import assert from 'node:assert/strict';
import { createMetrics } from '../../src/observability/metrics.ts';
import { readVersions } from '../../src/versions.ts';
import { OPERATIONS } from '../operations/common/contract.ts';
import { sendExample } from '../operations/common/example-request.ts';
import { eventually } from '../support/eventually.ts';
import { reportAsRelay, signInNewUser, start, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { sendWebhook } from '../support/webhooks.ts';
import { type Sample, sampleOf, scrape } from './scrape.ts';

const oneOf = (...values: string[]) => new RegExp(`^(${values.join('|')})$`);

/** What each label may say: words of ours, of the contract or of the configuration, never of a caller. */
const LABELS: Record<string, RegExp> = {
  operation: oneOf('none', ...OPERATIONS.map(({ operationId }) => operationId)),
  status: /^([1-5]\d\d|[a-z_]+)$/,
  outcome: /^[a-z_]+$/,
  task: /^[a-z]+(-[a-z]+)*$/,
  from: oneOf('provisioning', 'active', 'grace', 'stopped'),
  to: oneOf('provisioning', 'active', 'grace', 'stopped'),
  cause: /^[a-z_]+$/,
  code: oneOf('capacity_unavailable', 'provision_timeout', 'provision_failed', 'instance_lost'),
  region: oneOf('us-east-1', 'eu-west-1'),
  provider: oneOf('local', 'aws', 'pool'),
  kind: oneOf('lost', 'orphan', 'leftover', 'forgotten', 'address', 'move', 'tidied', 'major', 'minor', 'incremental'),
  result: oneOf('hit', 'miss', 'bypass'),
  room: oneOf('plenty', 'few', 'none', 'unknown'),
  reason: /^[a-z_]+$/,
  event: /^[a-z_]+$/,
  role: oneOf('api', 'worker'),
  state: /^[a-z_]+$/,
  health: /^[a-z_]+$/,
  use: /^[a-z_]+$/,
  pool: oneOf('requests', 'direct'),
  statement: oneOf('select', 'insert', 'update', 'delete', 'with', 'begin', 'commit', 'rollback', 'other'),
  secret: /^[A-Za-z_]+$/,
  storage: oneOf('folder', 's3'),
  version: /^\d+\.\d+\.\d+/,
  contract_version: /^\d+\.\d+\.\d+/,
  node_version: /^\d+\.\d+\.\d+/,
};
/** Most values that one label of one metric may have; operations are the most. */
const MOST_VALUES = 40;

describe('The metrics', () => {
  const app = useApp();
  const samples = () => scrape(app());

  it('each tell what they are, under a name by the conventions', async () => {
    const metrics = await createMetrics().registry.getMetricsAsJSON();
    for (const { name, help, type } of metrics.filter((metric) => metric.name.startsWith('telemy_'))) {
      assert.match(help, /^[A-Z0-9].{15,}\.$/, name);
      assert.match(name, /^telemy_[a-z]+(_[a-z]+)*$/);
      // https://prometheus.io/docs/practices/naming/: a counter ends in _total, and nothing else does.
      assert.equal(name.endsWith('_total'), String(type) === 'counter', name);
      assert.doesNotMatch(name, /_(ms|milliseconds|minutes|kb|mb)(_|$)/);
    }
  });

  it('have labels of few values, none of which a caller can choose', async () => {
    const device = await signInNewUser(app());
    const session = await startActive(app(), device.token);
    await reportAsRelay(app(), { session_id: session.session_id, instance_id: session.instance_id });
    for (const operation of OPERATIONS) await sendExample(app(), operation, device);
    for (const path of ['/none', '/relay/sessions/ses_x', '/wild/%20{x}']) await call(app(), 'GET', path, device);
    await sendWebhook(app(), { meta: { event_name: 'made_up_by_somebody' }, data: {} });
    await app().worker?.reconcile();
    await app().worker?.tellFigures();
    const values = new Map<string, Set<string>>();
    for (const { name, labels } of await samples()) {
      if (!name.startsWith('telemy_')) continue;
      for (const [label, value] of Object.entries(labels)) {
        if (label === 'le') continue;
        assert.match(value, LABELS[label] ?? /^no label of ours$/, `${name}{${label}}`);
        const key = `${name} ${label}`;
        values.set(key, (values.get(key) ?? new Set()).add(value));
      }
    }
    assert.ok(values.size > 30);
    for (const [key, set] of values) assert.ok(set.size <= MOST_VALUES, key);
  });

  it('tell the versions that run', async () => {
    assert.deepEqual((await samples()).find(({ name }) => name === 'telemy_build_info')?.labels, readVersions());
    assert.ok(sampleOf(await samples(), 'process_start_time_seconds') > 0);
    assert.ok(sampleOf(await samples(), 'nodejs_eventloop_lag_seconds') >= 0);
  });

  it('tell how the database is used', async () => {
    const found = await samples();
    assert.equal(sampleOf(found, 'telemy_database_pool_limit', { pool: 'requests' }), 15);
    assert.equal(sampleOf(found, 'telemy_database_pool_waiting', { pool: 'requests' }), 0);
    assert.ok(sampleOf(found, 'telemy_database_pool_connections', { pool: 'requests', state: 'idle' }) > 0);
    assert.ok(sampleOf(found, 'telemy_database_statement_duration_seconds_count', { statement: 'select' }) > 0);
    assert.equal(sampleOf(found, 'telemy_database_listener_connected'), 1);
  });

  it('count live sessions, their starts and their failures', async () => {
    await app().worker?.tellFigures();
    const before = await samples();
    const { token } = await signInNewUser(app());
    await startActive(app(), token, { region_preference: 'eu-west-1' });
    await app().provider.faults.set({ reject_provision: true });
    const other = await signInNewUser(app());
    await start(app(), other.token, { region_preference: 'eu-west-1' });
    const grown = (after: Sample[], name: string, labels: Record<string, string>) =>
      sampleOf(after, name, labels) - sampleOf(before, name, labels);
    await eventually(async () => {
      const failed = { code: 'provision_failed', region: 'eu-west-1' };
      assert.equal(grown(await samples(), 'telemy_relay_provision_failures_total', failed), 1);
    });
    await app().provider.faults.reset();
    await app().worker?.tellFigures();
    const after = await samples();
    assert.equal(grown(after, 'telemy_relay_sessions', { status: 'active', region: 'eu-west-1' }), 1);
    const at = { provider: 'local', region: 'eu-west-1' };
    assert.equal(grown(after, 'telemy_relay_provision_duration_seconds_count', at), 1);
    assert.equal(sampleOf(after, 'telemy_relay_instances_open', { provider: 'local', state: 'running' }) > 0, true);
  });

  it('count jobs that wait and webhooks that are not worked on, and how old they are', async () => {
    const { database, clock } = app();
    const old = new Date(clock.now().getTime() - 3_600_000);
    for (const state of ['received', 'dead']) {
      await database('billing_events').insert({
        id: `bev_${state}`,
        body_sha256: Buffer.from(state.padEnd(32)),
        body: Buffer.from('{}'),
        received_at: old,
        state,
        reason: state === 'dead' ? 'gave_up' : null,
      });
    }
    await database.raw(`insert into jobs.job (name, data, start_after, created_on)
      values ('relay-dns', '{}', now() + interval '1 day', now() - interval '2 hours')`);
    await app().worker?.tellFigures();
    const found = await samples();
    assert.equal(sampleOf(found, 'telemy_billing_events_waiting'), 1);
    assert.ok(sampleOf(found, 'telemy_billing_events_oldest_age_seconds') >= 3_600);
    assert.ok(sampleOf(found, 'telemy_billing_events_dead') >= 1);
    assert.equal(sampleOf(found, 'telemy_jobs_waiting', { task: 'relay-dns' }), 1);
    assert.ok(sampleOf(found, 'telemy_jobs_oldest_age_seconds', { task: 'relay-dns' }) >= 7_200);
    assert.ok(sampleOf(found, 'telemy_alive_mark_age_seconds', { role: 'api' }) >= 0);
    await database('billing_events').delete();
  });

  it('count a refresh token that is used again', async () => {
    const { refreshToken } = await signInNewUser(app());
    const refresh = { body: { refresh_token: refreshToken } };
    const { body } = await call(app(), 'POST', '/auth/refresh', refresh);
    await call(app(), 'GET', '/auth/session', { token: body.auth.cp_access_jwt });
    await app().advanceClock(60);
    assert.equal((await call(app(), 'POST', '/auth/refresh', refresh)).status, 401);
    assert.equal(sampleOf(await samples(), 'telemy_auth_refresh_token_reuse_total'), 1);
  });
});

describe('The metrics of a server with limits', () => {
  const app = useApp({ roles: ['api'], env: { RATE_LIMIT_FACTOR: '0.0001' } });

  it('count what was answered 429, by operation', async () => {
    const ask = () => call(app(), 'GET', '/relay/manifest', { token: 'none' });
    const statuses = [(await ask()).status, (await ask()).status, (await ask()).status];
    const found = await scrape(app());
    const limited = statuses.filter((status) => status === 429).length;
    assert.ok(limited > 0, String(statuses));
    assert.equal(sampleOf(found, 'telemy_http_rate_limited_total', { operation: 'getRelayManifest' }), limited);
  });
});
