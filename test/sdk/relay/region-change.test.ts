import assert from 'node:assert/strict';
import { useManagerLab } from './lab.ts';
import { ACTIVE, refusal } from './sessions.ts';

describe('a change of region by the relay manager', () => {
  const lab = useManagerLab();
  const moves = () =>
    lab()
      .control.calls.filter(({ name }) => name === 'migrateRelay')
      .map(({ body }) => body.new_region);
  const steps = () =>
    lab()
      .eventsOfType('migration_step')
      .map(({ step }) => step);
  const savedOne = async () => (await lab().saved())[0];

  it('moves an active relay and follows each step until it is done', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    await manager.changeRegion(id, 'eu-west-1');
    await timers.advance(0);
    assert.equal(lab().one(id).movingTo, 'eu-west-1');
    for (const step of ['starting_docker', 'repointing_dns', 'draining'] as const) {
      control.change(id, { migration: { new_region: 'eu-west-1', step, failure: null } });
      await timers.advance(0);
    }
    control.change(id, { migration: null, region: 'eu-west-1' });
    await timers.advance(0);
    assert.deepEqual(steps(), ['launching_instance', 'starting_docker', 'repointing_dns', 'draining', 'done']);
    assert.deepEqual(moves(), ['eu-west-1']);
    assert.deepEqual([(await savedOne())?.region, lab().one(id).movingTo], ['eu-west-1', null]);
    assert.equal(control.sessions.size, 1);
  });

  it('waits until the relay is active', async () => {
    const { control, manager, timers } = lab();
    const id = await manager.add();
    await timers.advance(0);
    await manager.changeRegion(id, 'eu-west-1');
    await timers.advance(60_000);
    assert.deepEqual(moves(), []);
    control.change(id, ACTIVE);
    await timers.advance(0);
    assert.deepEqual(moves(), ['eu-west-1']);
  });

  it('just starts there when there is no relay', async () => {
    const { control, manager, timers } = lab();
    control.fail('startRelay', refusal(400, 'invalid_request'));
    const id = await manager.add({ region: 'atlantis' });
    await timers.advance(0);
    assert.equal(lab().one(id).state, 'failed');
    await manager.changeRegion(id, 'eu-west-1');
    await timers.advance(0);
    assert.equal(control.live(id)?.region, 'eu-west-1');
    assert.deepEqual(moves(), []);
  });

  it('leaves the connection where it is when the move fails, and starts there again', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    await manager.changeRegion(id, 'eu-west-1');
    await timers.advance(0);
    const failure = { code: 'provision_failed', message: 'No.' } as const;
    control.change(id, { migration: { new_region: 'eu-west-1', step: 'failed', failure } });
    await timers.advance(0);
    assert.equal(lab().eventsOfType('migration_step').at(-1)?.error?.code, 'provision_failed');
    assert.deepEqual([lab().one(id).state, lab().one(id).movingTo], ['active', null]);
    assert.equal((await savedOne())?.region, undefined);
    assert.deepEqual(moves(), ['eu-west-1']);
  });

  it('gives up a region that the server does not know', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    control.fail('migrateRelay', refusal(400, 'invalid_request'));
    await manager.changeRegion(id, 'atlantis');
    await timers.advance(600_000);
    assert.deepEqual(steps(), ['failed']);
    assert.deepEqual(moves(), ['atlantis']);
    assert.equal(lab().one(id).state, 'active');
  });

  it('is done at once where the relay is already', async () => {
    const { manager, timers } = lab();
    const id = await lab().addActive();
    await manager.changeRegion(id, 'us-east-1');
    await timers.advance(60_000);
    assert.deepEqual(steps(), ['done']);
    assert.equal(moves().length, 1);
  });

  it('goes on after a restart in its middle without being asked for twice', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    await lab().manager.changeRegion(id, 'eu-west-1');
    await timers.advance(0);
    await lab().restart();
    control.change(id, { migration: null, region: 'eu-west-1' });
    await lab().manager.restore();
    await timers.advance(60_000);
    assert.deepEqual(moves(), ['eu-west-1']);
    assert.equal((await savedOne())?.region, 'eu-west-1');
  });

  it('to yet another region waits for the first one', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    await manager.changeRegion(id, 'eu-west-1');
    await timers.advance(0);
    await manager.changeRegion(id, 'ap-south-1');
    await timers.advance(60_000);
    assert.deepEqual(moves(), ['eu-west-1']);
    control.change(id, { migration: null, region: 'eu-west-1' });
    await timers.advance(0);
    assert.deepEqual(moves(), ['eu-west-1', 'ap-south-1']);
  });

  it('of an unknown connection is an error', async () => {
    await assert.rejects(lab().manager.changeRegion('nobody', 'eu-west-1'), /no connection/);
  });
});
