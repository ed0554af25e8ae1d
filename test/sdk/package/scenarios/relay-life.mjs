/**
 * Signs in, keeps a relay ready until it is active, and lets it go again.
 *
 * `approvals` is where the browser would be: whatever login page it is told of, somebody approves there.
 */
export default async function liveWithARelay(sdk, { baseUrl, approvals }) {
  const { createMemoryTokenStore, createTelemyClient } = sdk.index;
  const telemy = createTelemyClient({ baseUrl, tokenStore: createMemoryTokenStore(), clientVersion: '1.0.0' });
  const login = await telemy.login({
    openBrowser: async (url) => void (await fetch(`${approvals}?url=${encodeURIComponent(url)}`)),
  });

  const manager = sdk.relay.createRelayManager({ client: telemy });
  const events = [];
  manager.subscribe(({ type }) => {
    if (events.at(-1) !== type && type !== 'snapshot_changed') events.push(type);
  });
  const connectionId = await manager.add({ label: 'Backpack' });
  await until(manager, ({ connections }) => connections[0]?.session?.status === 'active');
  const { status } = manager.snapshot().connections[0].session;
  await manager.remove(connectionId);
  await until(manager, ({ connections }) => connections.length === 0);
  manager.close();
  const left = await telemy.getActiveRelay({ connectionId });
  await telemy.logout();
  const after = await telemy.getUsage().catch(({ name, status, code }) => ({ name, status, code }));
  return { login: login.status, status, events, left, after };
}

/** Resolves as soon as the snapshot is like that. */
function until(manager, isReached) {
  return new Promise((done) => {
    const look = () => {
      if (!isReached(manager.snapshot())) return;
      unsubscribe();
      done();
    };
    const unsubscribe = manager.subscribe(look);
    look();
  });
}
