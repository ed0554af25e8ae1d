import assert from 'node:assert/strict';
import { migrate, untilStep } from '../operations/migrateRelay/migrate.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { NO_PLACEMENT, refOf } from '../support/instances.ts';
import { provisionRequest } from '../support/local-relays.ts';
import { useFaults } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';
import { assertRefused, operatorOf } from './operator.ts';

describe('fleet', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });
  const operator = () => operatorOf(app());
  const plant = () =>
    app().provider.provision(provisionRequest({ deployment: app().config.deploymentName }), NO_PLACEMENT);

  it('list shows each relay with its session and what it is to that, both relays of a move included', async () => {
    const { token } = await signInNewUser(app());
    const before = await startActive(app(), token);
    await migrate(app(), token, { new_region: 'eu-west-1' });
    const moved = await untilStep(app(), token, before.session_id, 'draining');
    const orphan = await plant();
    const lines: Record<string, string>[] = await operator().json('fleet', 'list');
    const shown = (id: string) => {
      const line = lines.find(({ instance }) => instance === id);
      return [line?.region, line?.session_status, line?.use];
    };
    assert.deepEqual(shown(before.instance_id), ['us-east-1', 'active', 'drains']);
    assert.deepEqual(shown(moved.instance_id), ['eu-west-1', 'active', 'relay']);
    assert.deepEqual(shown(orphan.instanceId), ['us-east-1', 'unknown', 'none']);
    await app().provider.deprovision(orphan);
  });

  it('reconcile --dry-run says what would be done and does nothing', async () => {
    const { token } = await signInNewUser(app());
    const lost = await startActive(app(), token);
    await app().provider.deprovision(refOf(lost.instance_id));
    const orphan = await plant();
    const lines: { would_do: string; what: string }[] = await operator().json('fleet', 'reconcile', '--dry-run');
    const deedOf = (id: string) => lines.find(({ what }) => what === id)?.would_do;
    assert.match(deedOf(lost.session_id) ?? '', /^end the session/);
    assert.match(deedOf(orphan.instanceId) ?? '', /^take down/);
    assert.equal((await app().provider.describe(orphan))?.state !== 'terminated', true);
    await app().provider.deprovision(orphan);
    await app().worker?.reconcile();
  });

  it('pause keeps the reconciler of a running server from acting, until resume', async () => {
    await operator().json('fleet', 'pause', '--reason', 'the host is being moved');
    const status = await operator().json('fleet', 'status');
    assert.deepEqual([status.reconciler, status.reason], ['reports', 'the host is being moved']);
    const { token } = await signInNewUser(app());
    const lost = await startActive(app(), token);
    await app().provider.deprovision(refOf(lost.instance_id));
    assert.equal((await app().worker?.reconcile())?.acted, false);
    const refused = await operator().run('fleet', 'reconcile');
    assert.match(refused.stdout, new RegExp(lost.session_id));
    assert.deepEqual([refused.code, /fleet is paused/.test(refused.stderr)], [1, true]);
    await operator().json('fleet', 'resume');
    assert.equal((await operator().json('fleet', 'status')).reconciler, 'acts');
    await eventually(async () => {
      await app().worker?.reconcile();
      const row = await app().database('relay_sessions').where({ id: lost.session_id }).first();
      assert.deepEqual([row.status, row.stop_cause], ['stopped', 'instance_lost']);
    });
  });

  it('reconcile without --dry-run mends what differs, once', async () => {
    const { token } = await signInNewUser(app());
    const lost = await startActive(app(), token);
    await app().provider.deprovision(refOf(lost.instance_id));
    const lines: { done: string; what: string }[] = await operator().json('fleet', 'reconcile');
    assert.ok(lines.some(({ done, what }) => /^end the session/.test(done) && what === lost.session_id));
    assert.deepEqual(await operator().json('fleet', 'reconcile', '--dry-run'), []);
  });

  it('pause refuses an empty reason', async () => {
    assertRefused(await operator().run('fleet', 'pause', '--reason', ' '), /--reason must not be empty\./);
  });
});
