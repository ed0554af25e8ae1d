// A dock: a page inside OBS that signs in, adds relays, and shows how they are.
import { createLocalStorageTokenStore, createTelemyClient } from '@telemy/control-plane-sdk';
import { createLocalStorageConnectionStore, createRelayManager } from '@telemy/control-plane-sdk/relay';

const baseUrl = new URLSearchParams(location.search).get('server');
const telemy = createTelemyClient({ baseUrl, tokenStore: createLocalStorageTokenStore(), clientVersion: '1.0.0' });
const relays = createRelayManager({ client: telemy, store: createLocalStorageConnectionStore() });
const part = (id) => document.getElementById(id);

relays.subscribe((event) => {
  if (event.type === 'snapshot_changed') show(event.snapshot);
});
part('sign-in').addEventListener('click', signIn);
part('add').addEventListener('click', () => relays.add({ label: 'Backpack' }));
if (await telemy.isSignedIn()) await begin();

async function signIn() {
  const login = await telemy.login({
    deviceName: 'OBS dock',
    openBrowser: (url) => void open(url),
    onUserCode: (code) => say(`Your browser has to show the code ${code}`),
  });
  if (login.status === 'signed_in') await begin();
  else say(`Nobody is signed in: ${login.status}`);
}

/** Relays that are live are taken over; the others of before are started again. */
async function begin() {
  const { user } = await telemy.getSession();
  say(`Signed in as ${user.email}`);
  part('sign-in').hidden = true;
  part('add').hidden = false;
  await relays.restore();
}

function show({ connections }) {
  const lines = connections.map(({ label, state }) =>
    Object.assign(document.createElement('li'), { textContent: `${label}: ${state}` }),
  );
  part('relays').replaceChildren(...lines);
}

function say(text) {
  part('state').textContent = text;
}
