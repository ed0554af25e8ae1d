import assert from 'node:assert/strict';
import {
  type ConnectionStore,
  createMemoryConnectionStore,
  createRelayManager,
  type RelayClient,
  type RelayManager,
  type RelayState,
} from '../../../src/sdk/relay/index.ts';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser } from '../../support/factories.ts';
import { useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { createHttpClient } from './http-client.ts';

describe('a relay manager and the real server', () => {
  const app = useApp();
  useFaults(app);
  let client: RelayClient;
  let store: ConnectionStore;
  let manager: RelayManager;
  let userId: string;

  const sessions = () => app().database('relay_sessions').where({ user_id: userId });
  const stateOf = (id: string) =>
    manager.snapshot().connections.find(({ connectionId }) => connectionId === id)?.state ?? null;
  const until = (id: string, state: RelayState | null) =>
    eventually(() => assert.equal(stateOf(id), state), { timeoutMs: 15_000 });

  beforeEach(async () => {
    const { token, user } = await signInNewUser(app());
    userId = user.id;
    client = createHttpClient(app(), token);
    store = createMemoryConnectionStore();
    manager = createRelayManager({ client, store });
  });
  afterEach(() => manager.close());

  it('add, move and remove a connection, and no relay is left', async () => {
    const id = await manager.add({ region: 'us-east-1' });
    await until(id, 'active');
    const steps: string[] = [];
    manager.subscribe((event) => event.type === 'migration_step' && steps.push(event.step));
    await manager.changeRegion(id, 'eu-west-1');
    await eventually(() => assert.equal(steps.at(-1), 'draining'), { timeoutMs: 15_000 });
    await app().advanceClock(121);
    await app().worker?.endDrains();
    await eventually(() => assert.equal(steps.at(-1), 'done'));
    const [connection] = manager.snapshot().connections;
    assert.deepEqual([connection?.session?.region, connection?.region], ['eu-west-1', 'eu-west-1']);
    assert.ok(connection?.heartbeat.lastOkAt);

    await manager.remove(id);
    await until(id, null);
    assert.deepEqual(
      (await sessions()).map(({ status }) => status),
      ['stopped'],
    );
    assert.deepEqual(await store.load(), []);
  });

  it('leave no relay when a connection is removed in the middle of its launch', async () => {
    await app().provider.faults.set({ hold_step: 'starting_docker' });
    const id = await manager.add();
    await until(id, 'provisioning');
    await manager.remove(id);
    await until(id, 'stopping');
    await app().provider.faults.reset();
    await until(id, null);
    assert.deepEqual(
      (await sessions()).map(({ status }) => status),
      ['stopped'],
    );
  });

  it('make one relay when the manager is restarted in the middle of a start whose answer is lost', async () => {
    await app().provider.faults.set({ hold_step: 'starting_docker' });
    const keys: (string | undefined)[] = [];
    const deaf: RelayClient = {
      ...client,
      async startRelay(body, options) {
        keys.push(options?.idempotencyKey);
        await client.startRelay(body, { ...options });
        return new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        });
      },
    };
    await manager.close();
    manager = createRelayManager({ client: deaf, store });
    const id = await manager.add();
    await eventually(async () => assert.equal((await sessions()).length, 1));
    await manager.close();

    const outcomes: string[] = [];
    const listening: RelayClient = {
      ...client,
      async startRelay(body, options) {
        keys.push(options?.idempotencyKey);
        const started = await client.startRelay(body, options);
        outcomes.push(started.outcome);
        return started;
      },
    };
    manager = createRelayManager({ client: listening, store });
    await manager.restore();
    await until(id, 'provisioning');
    await eventually(() => assert.deepEqual(outcomes, ['replayed']));
    await app().provider.faults.reset();
    await until(id, 'active');
    assert.equal(new Set(keys).size, 1);
    assert.equal((await sessions()).length, 1);
  });

  it('start a relay again that was stopped elsewhere', async () => {
    const id = await manager.add();
    await until(id, 'active');
    await client.stopRelay({ connection_id: id });
    await eventually(async () => assert.equal((await sessions()).length, 2));
    await until(id, 'active');
  });

  it('agree on a denial', async () => {
    const { token } = await signInNewUser(app(), 'free');
    await manager.close();
    manager = createRelayManager({ client: createHttpClient(app(), token), store });
    const reasons: string[] = [];
    manager.subscribe((event) => event.type === 'denied' && reasons.push(event.reasonCode));
    const id = await manager.add();
    await until(id, 'denied');
    assert.deepEqual(reasons, ['subscription_required']);
  });
});
