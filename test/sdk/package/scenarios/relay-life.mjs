/**
 * Signs in, keeps a relay ready until it is active, moves it, and lets it go again.
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
  const heard = (type) =>
    new Promise((done) => {
      const unsubscribe = manager.subscribe((event) => {
        if (event.type !== type) return;
        unsubscribe();
        done(event);
      });
    });
  manager.subscribe(({ type }) => {
    if (events.at(-1) !== type && type !== 'snapshot_changed') events.push(type);
  });
  const active = heard('relay_active');
  const connectionId = await manager.add({ label: 'Backpack' });
  await active;
  const { session } = manager.snapshot().connections[0];
  const stopped = heard('relay_stopped');
  await manager.remove(connectionId);
  await stopped;
  manager.close();
  const left = await telemy.getActiveRelay({ connectionId });
  await telemy.logout();
  const after = await telemy.getUsage().catch(({ name, status, code }) => ({ name, status, code }));
  return {
    login: login.status,
    status: session.status,
    events,
    left,
    connections: manager.snapshot().connections.length,
    after,
  };
}
