import { deepEqual, doesNotMatch, equal, match, notEqual, ok, rejects, throws } from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'sh-syntax';
import contract from '../../generated/server/openapi.gen.json' with { type: 'json' };
import { deriveSlsApiKey, renderUserData } from '../../src/features/relay/providers/aws/user-data.ts';
import { ProviderRejectedError, type ProvisionRequest } from '../../src/features/relay/providers/provider.ts';
import { requestFor } from '../support/aws-relays.ts';
import { createStubbedShell, type StubbedShell } from '../support/stubbed-shell.ts';

const TEMPLATE = join(import.meta.dirname, '../../src/features/relay/providers/aws/user-data.sh');
const IMAGES = { srtla: 'ghcr.io/example/srtla:1', sls: 'ghcr.io/example/sls:1' };
const REQUEST = requestFor('ses_1', { streamToken: 'token-1', healthUrl: 'https://api.example.com/health' });
const SLS_KEY = deriveSlsApiKey(REQUEST.relayKey);
const INSTANCE = 'i-0123456789abcdef0';
const ON_AIR = '{"publishers":{"live":{"bitrate":6000}},"status":"ok"}';
const OFF_AIR = '{"publishers":{},"status":"ok","message":"not streaming"}';

describe('the user data of a relay on EC2', () => {
  it('are the same bytes for the same request', () => {
    equal(renderUserData({ ...REQUEST }, IMAGES), renderUserData(REQUEST, { ...IMAGES }));
  });

  it('fit into what EC2 takes', () => {
    ok(Buffer.byteLength(renderUserData(REQUEST, IMAGES)) < 16_384);
  });

  it('have no placeholder left', () => {
    doesNotMatch(renderUserData(REQUEST, IMAGES), /@[A-Z_]+@/);
  });

  it('have every value in quotes', () => {
    const names = [...readFileSync(TEMPLATE, 'utf8').matchAll(/^(\w+)=@\1@$/gm)].map(([, name]) => name);
    equal(names.length, 8);
    for (const name of names) match(renderUserData(REQUEST, IMAGES), new RegExp(`^${name}='[^']+'$`, 'm'));
  });

  it('have a key of the SRT server that is good for this relay only', () => {
    match(SLS_KEY, /^[0-9a-f]{32}$/);
    notEqual(deriveSlsApiKey('another-relay-key-0123456789'), SLS_KEY);
  });

  for (const [name, change] of [
    ['session', { sessionId: "ses'; reboot #" }],
    ['stream token', { streamToken: '$(reboot)' }],
    ['relay key', { relayKey: 'key with\nline break in it' }],
    ['health URL', { healthUrl: 'https://api.example.com/`reboot`' }],
  ] as [string, Partial<ProvisionRequest>][]) {
    it(`are refused a ${name} that has no place in a script`, () => {
      throws(() => renderUserData({ ...REQUEST, ...change }, IMAGES), ProviderRejectedError);
    });
  }

  it('are shell as bash reads it', async () => {
    const child = promisify(execFile)('bash', ['-n']);
    child.child.stdin?.end(renderUserData(REQUEST, IMAGES));
    await child;
  });

  it('are shell as a parser of its own reads it, template and script', async () => {
    const template = readFileSync(TEMPLATE, 'utf8');
    for (const text of [template, renderUserData(REQUEST, IMAGES)]) await parse(text);
    await rejects(parse(template.replace('\n  esac\n', '\n')));
  });

  if (spawnSync('shellcheck', ['--version']).status === 0) {
    it('are good style in the eyes of shellcheck', () => {
      const { stdout, status } = spawnSync('shellcheck', ['-'], { input: renderUserData(REQUEST, IMAGES) });
      equal(status, 0, String(stdout));
    });
  }
});

describe('a relay that its user data make', () => {
  let shell: StubbedShell;
  let env: Record<string, string>;

  beforeEach(async () => {
    shell = await createStubbedShell();
    env = {
      TELEMY_CONFIG_DIR: join(shell.dir, 'config'),
      TELEMY_PROGRAM_DIR: join(shell.dir, 'program'),
      TELEMY_UNIT_DIR: join(shell.dir, 'units'),
      TELEMY_CONNTRACK: join(shell.dir, 'conntrack'),
      TELEMY_UPTIME_FILE: join(shell.dir, 'uptime'),
    };
    await mkdir(env.TELEMY_UNIT_DIR as string);
    await writeFile(env.TELEMY_UPTIME_FILE as string, '90.53 100.00\n');
    await writeFile(join(shell.dir, 'user-data'), renderUserData(REQUEST, IMAGES));
  });
  afterEach(() => shell.close());

  const boot = () => shell.run('bash ./user-data', env);
  /** Calls functions of the script, with its secrets in place. */
  const call = (functions: string, more: Record<string, string> = {}) =>
    shell.run(`. ./user-data; write_secrets; ${functions}`, { ...env, ...more });
  const fileAt = (...path: string[]) => readFileSync(join(shell.dir, ...path), 'utf8');
  const modeOf = (...path: string[]) => (statSync(join(shell.dir, ...path)).mode & 0o777).toString(8);

  function answerAll(stats: string): void {
    shell.answer('/latest/api/token', 200, 'imds-session-token');
    shell.answer('/latest/meta-data/instance-id', 200, INSTANCE);
    shell.answer('/stats/play_token-1', 200, stats);
    shell.answer('https://api.example.com/health', 200);
  }

  /** The one health report that was sent, and the header that it came with. */
  async function sentReport(): Promise<{ header: string; report: Record<string, unknown> }> {
    const sent = (await shell.inputs()).find((input) => input.includes('"session_id"')) ?? '';
    const start = sent.indexOf('{');
    return { header: sent.slice(0, start), report: JSON.parse(sent.slice(start)) };
  }

  it('runs both containers with its ports, restarted with the machine', async () => {
    equal((await boot()).code, 0);
    const runs = (await shell.calls()).filter((line) => line.startsWith('docker run'));
    equal(runs.length, 2);
    for (const line of runs) match(line, /--restart unless-stopped/);
    match(String(runs[0]), /4000:4000\/udp .*4001:4001\/udp .*8090:8080\/tcp ghcr\.io\/example\/sls:1$/);
    match(String(runs[1]), /5000:5000\/udp .*5080:5080\/tcp ghcr\.io\/example\/srtla:1$/);
  });

  it('installs its service, which runs the same script', async () => {
    await boot();
    match(fileAt('units', 'telemy-relay.service'), /^ExecStart=\/.*\/program\/relay report$/m);
    equal(fileAt('program', 'relay'), fileAt('user-data'));
    ok((await shell.calls()).includes('systemctl enable --now telemy-relay.service'));
  });

  it('keeps its secrets in files that only root can read', async () => {
    await boot();
    equal(modeOf('config'), '700');
    equal(modeOf('program', 'relay'), '700');
    for (const [name, text] of [
      ['sls.env', `SLS_API_KEY=${SLS_KEY}\n`],
      ['sls.header', `Authorization: Bearer ${SLS_KEY}\n`],
      ['health.header', `X-Relay-Auth: ${REQUEST.relayKey}\n`],
    ] as const) {
      equal(fileAt('config', name), text);
      equal(modeOf('config', name), '600');
    }
  });

  it('never has a secret in the arguments of a process', async () => {
    answerAll(ON_AIR);
    shell.answer('/health', 200);
    await boot();
    await shell.run('bash ./program/relay report', env);
    await call('add_stream_id; learn_sls_key', {
      DOCKER_LOGS: 'Generated default admin API key: learned-no-abcdef0123456789',
    });
    const all = (await shell.calls()).join('\n');
    ok(all.includes('curl') && all.includes('docker run'));
    for (const secret of [REQUEST.relayKey, SLS_KEY, 'imds-session-token', 'abcdef0123456789']) {
      ok(!all.includes(secret), secret);
    }
  });

  it('reports what the contract asks for, with its own key', async () => {
    answerAll(ON_AIR);
    await writeFile(env.TELEMY_CONNTRACK as string, conntrack('[ASSURED] '));
    await boot();
    await shell.run('bash ./program/relay report', env);
    const { header, report } = await sentReport();
    equal(header, `X-Relay-Auth: ${REQUEST.relayKey}\n`);
    const { observed_at, ...rest } = report;
    deepEqual(rest, {
      session_id: 'ses_1',
      instance_id: INSTANCE,
      ingest_active: true,
      egress_active: true,
      session_uptime_seconds: 90,
    });
    ok(Math.abs(Date.parse(String(observed_at)) - Date.now()) < 60_000);
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    const { $ref } = contract.paths['/relay/health'].post.requestBody.content['application/json'].schema as never;
    const validate = ajv.compile({ components: contract.components, $ref });
    ok(validate(report), JSON.stringify(validate.errors));
  });

  it('tells a stream that is not there from one that it cannot see', async () => {
    shell.answer('/stats/play_token-1', 200, OFF_AIR);
    equal((await call('health_report i-1')).stdout.includes('"ingest_active":false'), true);
  });

  it('says nothing of what it cannot see, and its report is valid JSON all the same', async () => {
    const { ingest_active, egress_active, session_uptime_seconds } = JSON.parse(
      (await call('health_report i-1')).stdout,
    );
    deepEqual([ingest_active, egress_active, session_uptime_seconds], [undefined, undefined, 90]);
  });

  it('says that nobody plays when no connection of the player answers', async () => {
    await writeFile(env.TELEMY_CONNTRACK as string, conntrack('[UNREPLIED] '));
    equal(JSON.parse((await call('health_report i-1')).stdout).egress_active, false);
  });

  it('never reports a longer time than the contract takes', async () => {
    await writeFile(env.TELEMY_UPTIME_FILE as string, '9999999.10 1.00\n');
    equal(JSON.parse((await call('health_report i-1')).stdout).session_uptime_seconds, 604_800);
  });

  it('goes on when a report is refused or lost, and logs the status only', async () => {
    for (const status of [500, 404]) {
      shell.answer('https://api.example.com/health', status, 'secret detail');
      const { code, stderr } = await call('send_report i-1 || echo goes on');
      equal(code, 0);
      match(stderr, /^telemy: the health report was answered: \d{3}$/m);
      doesNotMatch(stderr, /secret detail/);
    }
  });

  it('makes its stream id at its own SRT server, with its own key', async () => {
    shell.answer('/health', 200);
    shell.answer('/api/stream-ids', 200);
    equal((await call('ensure_stream_id', { ACCEPTED_KEY: SLS_KEY })).code, 0);
    const [sent] = await shell.inputs().then((inputs) => inputs.filter((input) => input.includes('publisher')));
    deepEqual(JSON.parse(String(sent?.split('\n').at(-1))), {
      publisher: 'live_token-1',
      player: 'play_token-1',
      description: 'ses_1',
    });
  });

  it('leaves a stream id alone that is there', async () => {
    shell.answer('/stats/play_token-1', 200, OFF_AIR);
    equal((await call('ensure_stream_id')).code, 0);
    ok(!(await shell.calls()).some((line) => line.includes('stream-ids')));
  });

  it('waits for an SRT server that does not answer', async () => {
    equal((await call('ensure_stream_id')).code, 1);
  });

  it('learns the key that the SRT server made for itself', async () => {
    const DOCKER_LOGS = 'listening\nGenerated default admin API key: abcdefghijklmnopqrstuvwxyz012345';
    shell.answer('/health', 200);
    shell.answer('/api/stream-ids', 200);
    const { code } = await call('ensure_stream_id', { ACCEPTED_KEY: 'abcdefghijklmnopqrstuvwxyz012345', DOCKER_LOGS });
    equal(code, 0);
    equal(fileAt('config', 'sls.header'), 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345\n');
    equal(modeOf('config', 'sls.header'), '600');
  });

  it('says so when the SRT server refuses every key', async () => {
    shell.answer('/health', 200);
    shell.answer('/api/stream-ids', 200);
    const { code, stderr } = await call('ensure_stream_id', { ACCEPTED_KEY: 'another' });
    equal(code, 1);
    match(stderr, /refuses the key/);
  });
});

/** A connection of a player to port 4000, as Linux shows it. */
function conntrack(state: string): string {
  return `ipv4     2 udp      17 29 src=203.0.113.7 dst=10.0.0.5 sport=51000 dport=4000 src=172.18.0.2 dst=203.0.113.7 sport=4000 dport=51000 ${state}mark=0 use=2\n`;
}
