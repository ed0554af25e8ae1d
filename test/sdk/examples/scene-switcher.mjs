// Switches scenes in OBS by what arrives at a relay, which it starts, or goes on with if it runs. Ctrl+C ends both.
//   OBS_PASSWORD=… node scene-switcher.mjs https://api.example.com ws://127.0.0.1:4455 ./telemy/tokens.json
import { createTelemyClient } from '@telemy/control-plane-sdk';
import { createFileTokenStore } from '@telemy/control-plane-sdk/node';
import { createSceneSwitcher, sceneTelemetryOf } from '@telemy/control-plane-sdk/scene';
import { createTelemetryPoller, telemetrySourcesOf } from '@telemy/control-plane-sdk/telemetry';
import { OBSWebSocket } from 'obs-websocket-js/json';

const scenes = { LIVE: 'Live', BRB: 'BRB', OFFLINE: 'Offline' };
const mediaInput = 'Feed'; // The media source in Live that plays the relay.
const [baseUrl, obsUrl, tokensFile] = process.argv.slice(2);
if (!tokensFile) fail('Usage: node scene-switcher.mjs BASE_URL OBS_WEBSOCKET_URL TOKENS_FILE');

const tokenStore = createFileTokenStore({ path: tokensFile });
const telemy = createTelemyClient({ baseUrl, tokenStore, clientVersion: '1.0.0' });
if (!(await telemy.isSignedIn()))
  fail(`Not signed in: call login() of a client that keeps its tokens in ${tokensFile}.`);

const ending = new AbortController();
const { signal } = ending;
const obs = new OBSWebSocket();
const connect = () =>
  obs.connect(obsUrl, process.env.OBS_PASSWORD).catch(({ message }) => console.log(`OBS: ${message}`));
// The switcher copes with an OBS that is gone; to connect again is up to us. A failed attempt closes as well.
obs.on('ConnectionClosed', () => signal.aborted || setTimeout(connect, 2_000).unref());
await connect();

let relay = Promise.resolve(null); // Of our session.
const switcher = createSceneSwitcher({ obs, scenes, mediaInput, client: telemy, onOutcome: hear });
process.once('SIGINT', () => end().catch((error) => fail(`The relay may still run: ${error.message}`)));

function hear({ effects, events }) {
  for (const { type, intent, scene, code, message } of effects) {
    if (type === 'switch_scene') console.log(`${intent}: ${scene}`);
    if (type === 'notice') console.log(`${code}: ${message}`);
  }
  for (const { type, outcome } of events) {
    // `reconnect` comes first, as soon as the control plane has said whether a relay runs.
    if (type === 'reconnect' && outcome.startsWith('restored')) follow(telemy.getActiveRelay());
    if (type === 'reconnect' && outcome === 'nothing_to_restore')
      switcher.tell({ type: 'irl_activate', via: 'ui', role: 'user' });
    if (type === 'irl_requested') follow(start());
  }
}

async function start() {
  try {
    // No heartbeats are needed while the relay is well: it tells the control plane of itself.
    const { session } = await telemy.startRelay();
    switcher.tell({ type: 'irl_start_result', accepted: true });
    return session;
  } catch (error) {
    switcher.tell({ type: 'irl_start_result', accepted: false, reason: error.message });
    return null;
  }
}

/** Shows the session's relay in OBS and its telemetry to the switcher, as soon as it has an address. */
async function follow(found) {
  relay = found;
  try {
    let session = await found;
    while (session && !session.relay.public_ip) {
      const query = { connectionId: session.connection_id, waitSeconds: 25, sinceVersion: session.version };
      session = await telemy.getActiveRelay(query, { signal });
    }
    if (!session) return;
    const inputSettings = { is_local_file: false, input: session.media_source_url };
    await obs.call('SetInputSettings', { inputName: mediaInput, inputSettings });
    const poller = createTelemetryPoller({ sources: telemetrySourcesOf(session), intervalMs: 500, signal });
    sceneTelemetryOf(poller).subscribe((poll) => switcher.tell({ type: 'telemetry', ...poll }));
    poller.start();
  } catch (error) {
    if (!signal.aborted) fail(`${error.message} Start me again: a relay that runs is taken up.`);
  }
}

async function end() {
  ending.abort();
  switcher.stop();
  await obs.disconnect();
  const session = await relay;
  if (session) await telemy.stopRelay({ session_id: session.session_id, reason: 'user_requested' });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
