import assert from 'node:assert/strict';
import { createManagerLab, type ManagerLab } from './lab.ts';
import { ACTIVE, refusal } from './sessions.ts';

const IDS = ['a', 'b', 'c', 'd'].map((letter) => `00000000-0000-4000-8000-00000000000${letter}`);
const [A = '', B = '', C = '', D = ''] = IDS;

describe('what a relay manager restores when OBS loads', () => {
  let lab: ManagerLab;
  beforeEach(() => {
    lab = createManagerLab({ connections: IDS.map((connectionId) => ({ connectionId })), chance: 0.5 });
  });
  afterEach(() => lab.manager.close());

  const started = () =>
    lab.control.calls.filter(({ name }) => name === 'startRelay').map(({ body }) => body.connection_id);

  it('are first the relays that are live; the others start 0 to 2 s apart', async () => {
    lab.control.plant(B, ACTIVE);
    await lab.manager.restore();
    await lab.timers.advance(0);
    assert.deepEqual(
      lab.control.calls.slice(0, 4).map(({ name }) => name),
      Array(4).fill('getActiveRelay'),
    );
    assert.equal(lab.one(B).state, 'active');
    assert.deepEqual(started(), [A]);
    await lab.timers.advance(999);
    assert.deepEqual(started(), [A]);
    await lab.timers.advance(1);
    assert.deepEqual(started(), [A, C]);
    await lab.timers.advance(1_000);
    assert.deepEqual(started(), [A, C, D]);
    assert.equal(lab.control.sessions.size, 4);
    assert.deepEqual(
      lab.eventsOfType('relay_started').map(({ outcome }) => outcome),
      ['restored', 'created', 'created', 'created'],
    );
  });

  it('waits for the network, and is looked for first when it is back', async () => {
    lab.control.isAway = true;
    lab.control.plant(B, ACTIVE);
    await lab.manager.restore();
    await lab.timers.advance(3_600_000);
    assert.deepEqual(
      IDS.map((id) => lab.one(id).state),
      Array(4).fill('offline'),
    );
    assert.equal(lab.manager.snapshot().online, false);
    assert.equal(lab.eventsOfType('offline').length, 1);
    assert.ok(lab.control.count('getActiveRelay') < 4 * 130, 'backs off to a minute');
    lab.control.isAway = false;
    await lab.timers.advance(70_000);
    assert.equal(lab.eventsOfType('online').length, 1);
    assert.deepEqual(
      IDS.map((id) => lab.one(id).state),
      ['provisioning', 'active', 'provisioning', 'provisioning'],
    );
    assert.equal(lab.control.sessions.size, 4);
  });

  it('holds nobody up whom the server refuses', async () => {
    lab.control.fail('getActiveRelay', refusal(400, 'invalid_request'));
    await lab.manager.restore();
    await lab.timers.advance(10_000);
    assert.deepEqual(
      IDS.map((id) => lab.one(id).state),
      ['failed', 'provisioning', 'provisioning', 'provisioning'],
    );
  });

  it('is restored once, however often that is asked for', async () => {
    await Promise.all([lab.manager.restore(), lab.manager.restore()]);
    await lab.timers.advance(10_000);
    assert.equal(lab.control.count('startRelay'), 4);
  });

  it('starts nobody before the server has answered about all', async () => {
    const { getActiveRelay } = lab.control.client;
    let answer = () => {};
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    lab.control.client.getActiveRelay = async (query, options) => {
      if (query?.connectionId === D) await late;
      return getActiveRelay(query, options);
    };
    await lab.manager.restore();
    await lab.timers.advance(10_000);
    assert.deepEqual(started(), []);
    answer();
    await lab.timers.advance(10_000);
    assert.deepEqual(started(), IDS);
  });

  it('are not the connections that were removed', async () => {
    await lab.manager.restore();
    await lab.manager.remove(A);
    await lab.timers.advance(10_000);
    assert.deepEqual(started(), [B, C, D]);
  });
});
