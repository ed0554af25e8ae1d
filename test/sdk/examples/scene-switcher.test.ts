import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '../../support/eventually.ts';
import { type SignedIn, signInNewUser, startActive } from '../../support/factories.ts';
import { type ObsStandIn, startObsStandIn } from '../../support/obs-websocket/index.ts';
import { usePackedSdk } from '../../support/packed-sdk.ts';
import { useApp } from '../../support/test-app.ts';

const EXAMPLE = resolve(import.meta.dirname, 'scene-switcher.mjs');
const PASSWORD = 'a password';

/** The example at work. */
interface Running {
  child: ChildProcess;
  outcome: Promise<{ code: number | null; lines: string[]; stderr: string }>;
}

describe('The example of a scene switcher, with the packed SDK and the real server', function () {
  this.timeout(60_000);
  const sdk = usePackedSdk();
  const app = useApp({ ticking: true });
  let obs: ObsStandIn;
  let folder: string;
  let running: Running | undefined;

  beforeEach(async () => {
    obs = await startObsStandIn({ password: PASSWORD });
    folder = await mkdtemp(join(tmpdir(), 'scene-switcher-'));
    await symlink(join(sdk().project, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await copyFile(EXAMPLE, join(folder, 'scene-switcher.mjs'));
  });
  afterEach(async () => {
    running?.child.kill('SIGKILL');
    await running?.outcome;
    running = undefined;
    await app().provider.faults.reset();
    await obs.close();
  });

  const tokensFile = () => join(folder, 'tokens.json');

  async function keepTokens({ token, refreshToken }: SignedIn): Promise<void> {
    await writeFile(tokensFile(), JSON.stringify({ accessToken: token, refreshToken }), { mode: 0o600 });
  }

  function run(): Running {
    const child = spawn(process.execPath, ['scene-switcher.mjs', app().url, obs.url, tokensFile()], {
      cwd: folder,
      env: { PATH: process.env.PATH, SYSTEMROOT: process.env.SYSTEMROOT, OBS_PASSWORD: PASSWORD },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const outcome = ended.then(([stdout, stderr, [code]]) => ({
      code: code as number | null,
      lines: stdout.split('\n').slice(0, -1),
      stderr,
    }));
    running = { child, outcome };
    return running;
  }

  /** What OBS was told since the first time that it had to show Live. */
  function drives(): unknown[] {
    const told = obs.requests.flatMap(({ type, data }) => {
      if (type === 'SetCurrentProgramScene') return [(data as { sceneName: string }).sceneName];
      return type === 'TriggerMediaInputAction' ? [data] : [];
    });
    // Whether the relay is up before the stream is, decides if BRB comes first.
    return told.slice(told.indexOf('Live') === -1 ? told.length : told.indexOf('Live'));
  }

  async function driven(expected: unknown[]): Promise<void> {
    await eventually(() => assert.deepEqual(drives(), expected), { timeoutMs: 20_000 });
  }

  async function sessionsOf({ user }: SignedIn): Promise<string[]> {
    const sessions = await app().database('relay_sessions').where({ user_id: user.id });
    return sessions.map(({ status }) => status);
  }

  const RESTART = { inputName: 'Feed', mediaAction: 'OBS_WEBSOCKET_MEDIA_INPUT_ACTION_RESTART' };

  it('starts a relay, shows its picture, BRB while nothing arrives at it and the picture again, and stops it on Ctrl+C', async () => {
    const device = await signInNewUser(app());
    await keepTokens(device);
    const { child, outcome } = run();
    await driven(['Live', RESTART]);
    assert.equal(obs.studio.current, 'Live');
    assert.match(String(obs.studio.inputs.get('Feed')?.settings.input), /^srt:\/\/127\..*play_/);

    await app().provider.faults.set({ ingest_loss: true });
    await driven(['Live', RESTART, 'BRB']);
    assert.equal(obs.studio.current, 'BRB');

    await app().provider.faults.set({ ingest_loss: null });
    await driven(['Live', RESTART, 'BRB', 'Live', RESTART]);
    assert.equal(obs.studio.current, 'Live');

    child.kill('SIGINT');
    const { code, lines, stderr } = await outcome;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.deepEqual(lines.slice(lines.indexOf('LIVE: Live')), ['LIVE: Live', 'BRB: BRB', 'LIVE: Live']);
    assert.deepEqual(await sessionsOf(device), ['stopped']);
    assert.equal(obs.studio.current, 'Live');
  });

  it('goes on with a relay that runs already and with an OBS that was gone, and stops that relay', async () => {
    const device = await signInNewUser(app());
    await keepTokens(device);
    await startActive(app(), device.token);
    const { child, outcome } = run();
    await driven(['Live', RESTART]);
    assert.deepEqual(await sessionsOf(device), ['active']);

    obs.dropConnections();
    await app().provider.faults.set({ ingest_loss: true });
    await driven(['Live', RESTART, 'BRB']);

    child.kill('SIGINT');
    const { code, stderr } = await outcome;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.deepEqual(await sessionsOf(device), ['stopped']);
  });

  it('says what to do where nobody is signed in', async () => {
    const { code, lines, stderr } = await run().outcome;
    assert.deepEqual({ code, lines }, { code: 1, lines: [] });
    assert.match(stderr, /^Not signed in: call login\(\) .*tokens\.json\.\n$/);
    assert.deepEqual(obs.requests, []);
  });
});
