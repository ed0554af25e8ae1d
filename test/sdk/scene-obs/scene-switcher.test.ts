import assert from 'node:assert/strict';
import { OBSWebSocket } from 'obs-websocket-js/json';
import type { ActiveRelayQuery, TelemyClient } from '../../../src/sdk/client-types.ts';
import type { ObsClient } from '../../../src/sdk/obs-client.ts';
import type { SceneEvent } from '../../../src/sdk/scene/events.ts';
import type { SceneTelemetry } from '../../../src/sdk/scene/inputs.ts';
import { createSceneSwitcher, type SceneSwitcher } from '../../../src/sdk/scene/scene-switcher.ts';
import { eventually } from '../../support/eventually.ts';
import { createManualTimers } from '../../support/manual-timers.ts';
import { type ObsStandIn, startObsStandIn } from '../../support/obs-websocket/index.ts';
import { SCENES } from './adapter-lab.ts';

type Session = Awaited<ReturnType<TelemyClient['getActiveRelay']>>;
const ACTIVE = { status: 'active' } as unknown as Session;

describe('The scene switcher', () => {
  const client = new OBSWebSocket();
  let timers: ReturnType<typeof createManualTimers>;
  let obs: ObsStandIn;
  let switcher: SceneSwitcher;
  let poll: (result: SceneTelemetry) => void;
  let session: () => Promise<Session>;
  let events: SceneEvent[];
  let listen: () => void;
  let thrown: unknown[];
  let queries: ActiveRelayQuery[];

  beforeEach(async () => {
    timers = createManualTimers(1_000_000);
    obs = await startObsStandIn();
    await client.connect(obs.url);
    session = async () => ACTIVE;
    events = [];
    listen = () => undefined;
    thrown = [];
    queries = [];
    poll = () => assert.fail('Nobody subscribed.');
    switcher = createSceneSwitcher({
      obs: client as ObsClient,
      scenes: SCENES,
      mediaInput: 'Feed',
      timers,
      connectionId: 'one-of-several',
      client: {
        getActiveRelay(query = {}) {
          queries.push(query);
          return session();
        },
      },
      onOutcome(outcome) {
        events.push(...outcome.events);
        listen();
      },
      onListenerError: (error) => void thrown.push(error),
      telemetry: {
        subscribe(listener) {
          poll = listener;
          return () => {
            poll = () => undefined;
          };
        },
      },
    });
    await eventually(() => assert.equal(switcher.engine.snapshot().obs.scene, 'Offline'));
  });

  afterEach(async () => {
    switcher.stop();
    await client.disconnect();
    await obs.close();
  });

  /** So many polls of the signal, each before a tick. */
  async function receive(bitrateKbps: number, times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      poll({ state: 'fresh', bitrateKbps });
      await timers.advance(500);
      await client.call('GetVersion');
    }
  }

  async function shows(scene: string): Promise<void> {
    await eventually(() => assert.equal(switcher.engine.snapshot().obs.scene, scene));
    assert.equal(obs.studio.current, scene);
  }

  const restarts = () => obs.requests.filter(({ type }) => type === 'TriggerMediaInputAction').length;

  it('takes up a running session, shows LIVE while the signal is there and BRB while it is not, and never takes its own switches for manual ones', async () => {
    await receive(4_000, 5);
    await shows('Live');
    const before = restarts();
    for (const recovery of [1, 2]) {
      await receive(0, 4);
      await shows('BRB');
      await receive(4_000, 6);
      await shows('Live');
      await eventually(() => assert.equal(restarts(), before + recovery));
    }
    assert.equal(switcher.engine.snapshot().mode, 'IRL_ACTIVE');
    assert.deepEqual(
      events.filter(({ type }) => type === 'override_started'),
      [],
    );
  });

  it('leaves the scene that the user picked by hand', async () => {
    await receive(4_000, 5);
    await shows('Live');
    obs.user.addScene('Desk');
    obs.user.show('Desk');
    await eventually(() => assert.equal(switcher.engine.snapshot().override?.by, 'manual'));
    await receive(0, 6);
    await receive(4_000, 6);
    assert.equal(obs.studio.current, 'Desk');
  });

  it('is DEGRADED while OBS is gone, and goes on where it was once it is back', async () => {
    await receive(4_000, 5);
    await shows('Live');
    obs.dropConnections();
    await eventually(() => assert.equal(switcher.engine.snapshot().mode, 'DEGRADED'));
    await receiveUnseen(0);
    await client.connect(obs.url);
    await eventually(() => assert.equal(switcher.engine.snapshot().obs.probePassed, true));
    await receive(0, 4);
    assert.notEqual(switcher.engine.snapshot().mode, 'DEGRADED');
    await shows('BRB');
  });

  it('goes on switching while its listener throws at every outcome, and tells of that', async () => {
    const fault = new Error('a fault of the listener');
    listen = () => {
      throw fault;
    };
    await receive(4_000, 5);
    await shows('Live');
    obs.dropConnections();
    await eventually(() => assert.equal(switcher.engine.snapshot().mode, 'DEGRADED'));
    await client.connect(obs.url);
    await eventually(() => assert.equal(switcher.engine.snapshot().obs.probePassed, true));
    await receive(0, 4);
    await shows('BRB');
    assert.ok(switcher.tell({ type: 'tick' }).decision, 'who tells something gets what came of it');
    assert.ok(thrown.length > 5);
    assert.ok(thrown.every((error) => error === fault));
  });

  it('follows the relay of its connection, not the newest of the account', async () => {
    await receive(4_000, 5);
    assert.ok(queries.length > 1);
    for (const { connectionId } of queries) assert.equal(connectionId, 'one-of-several');
  });

  it('tells the engine of a control plane that it cannot reach', async () => {
    session = () => Promise.reject(new TypeError('no network'));
    await receive(4_000, 8);
    assert.equal(switcher.engine.snapshot().cloud.status, 'unreachable');
  });

  it('ends its ticks, its looks at the session and its hold on OBS', async () => {
    await receive(4_000, 5);
    await shows('Live');
    switcher.stop();
    const known = switcher.engine.snapshot();
    let asked = 0;
    session = async () => {
      asked += 1;
      return null;
    };
    obs.user.show('BRB');
    await receive(0, 10);
    assert.deepEqual(switcher.engine.snapshot(), known);
    assert.equal(asked, 0);
  });

  async function receiveUnseen(bitrateKbps: number): Promise<void> {
    poll({ state: 'fresh', bitrateKbps });
    await timers.advance(500);
  }
});
