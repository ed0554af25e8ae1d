import assert from 'node:assert/strict';
import { faultPaths, report } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

const GOOD = { session_id: 'ses_019aa1c30000710092a3b4c5d6e7f809', instance_id: 'i-0a1b2c3d4e5f67890' };

describe('reportRelayHealth 400', () => {
  const app = useApp({ roles: ['api'] });

  it('lists all faults of a report at once', async () => {
    const figures = {
      ingest_active: 'perhaps',
      egress_active: 2,
      session_uptime_seconds: 604_801,
      observed_at: 'now',
    };
    assert.deepEqual(faultPaths(await report(app(), { session_id: 'rly_1', instance_id: 'i 1' }, figures)), [
      '/body/egress_active',
      '/body/ingest_active',
      '/body/instance_id',
      '/body/observed_at',
      '/body/session_id',
      '/body/session_uptime_seconds',
    ]);
  });

  it('needs both ids', async () => {
    const none = { session_id: undefined, instance_id: undefined } as unknown as typeof GOOD;
    assert.deepEqual(faultPaths(await report(app(), none)), ['/body/instance_id', '/body/session_id']);
  });

  for (const [name, value] of [
    ['session_uptime_seconds', -1],
    ['session_uptime_seconds', 1.5],
    ['session_uptime_seconds', '600000s'],
    ['observed_at', '2026-11-24'],
    ['observed_at', '2026-13-24T12:00:00Z'],
    ['observed_at', 1_795_000_000],
    ['ingest_active', null],
    ['instance_id', ''],
    ['instance_id', 'i-\u0000'],
    ['instance_id', 'i'.repeat(65)],
  ] as const) {
    it(`refuses ${name} ${JSON.stringify(value).slice(0, 30)}`, async () => {
      assert.deepEqual(faultPaths(await report(app(), GOOD, { [name]: value })), [`/body/${name}`]);
    });
  }
});
