import assert from 'node:assert/strict';
import { createPoolProvider } from '../../src/features/relay/providers/pool/pool-provider.ts';
import { NO_PLACEMENT } from '../support/instances.ts';
import { provisionRequest } from '../support/local-relays.ts';
import { POOL_KEY, usePoolLab } from '../support/pool-lab.ts';
import { runCommand, useOutcomes } from '../support/run-command.ts';
import { startSlsHost } from '../support/sls-host/index.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { assertRefused, cellsOf } from './operator.ts';

/** Commands that cannot be done, and what the operator is told. */
const MISTAKES: [command: string, message: RegExp][] = [
  ['pool cordon nowhere', /^There is no host nowhere\. See: npm run pool -- list$/m],
  ['pool uncordon nowhere', /^There is no host nowhere\./m],
  ['pool drain nowhere', /^There is no host nowhere\./m],
  ['pool remove nowhere', /^There is no host nowhere\./m],
  ['pool remove nowhere --lost', /^There is no host nowhere\./m],
  ['pool remove', /missing required argument 'host'/],
  ['pool add us-east-1', /missing required argument 'host'/],
  [
    'pool add us-east-1 new',
    /^--ip must be an IPv4 or IPv6 address\.\n--max-sessions must be a whole number from 1 to 10000\.$/m,
  ],
  [
    'pool add moon-1 new --ip 192.0.2.1 --max-sessions 1',
    /^moon-1 is no region of ours\. SUPPORTED_REGIONS has us-east-1, eu-west-1\.$/m,
  ],
  ['pool add us-east-1 new --ip 192.0.2.1 --max-sessions 1e3', /^--max-sessions must be a whole number/m],
  [
    'pool add us-east-1 new --ip 192.0.2.1 --max-sessions 1 --sls-port 65536',
    /^--sls-port must be a whole number from 1 to 65535\.$/m,
  ],
];

describe('pool', () => {
  const pool = usePoolLab();
  let url: string;
  const run = (...args: string[]) =>
    runCommand(['pool', ...args], { NODE_ENV: 'test', DATABASE_URL: url, POOL_API_KEY: POOL_KEY, ...TEST_SECRETS });
  // biome-ignore lint/suspicious/noExplicitAny: commands print JSON of every shape.
  async function json(...args: string[]): Promise<any> {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    return JSON.parse(stdout);
  }
  before(() => {
    ({ url } = pool());
  });
  const mistake = useOutcomes(
    MISTAKES.map(([command]) => command),
    (command) => run(...command.split(' ').slice(1)),
  );
  const hosts = () => pool().database('pool_hosts').orderBy('host');

  for (const [command, message] of MISTAKES) {
    it(`"${command}" is told without a stack, and the command ends with 1`, () => {
      assertRefused(mistake(command), message);
    });
  }

  it('add tells all faults at once and adds nothing then', async () => {
    const ports = ['srt', 'player', 'stats', 'sls'].flatMap((port) => [`--${port}-port`, '0']);
    const outcome = await run('add', 'moon-1', 'bad name', '--ip', 'here', '--max-sessions', '0', ...ports);
    assertRefused(outcome, /^moon-1 is no region/);
    assert.equal(outcome.stderr.trim().split('\n').length, 8);
    assert.deepEqual(await hosts(), []);
  });

  it('add checks the host at once, so that it is of use from then on', async () => {
    const sls = await startSlsHost({ apiKey: POOL_KEY });
    try {
      const ports = ['--sls-port', String(sls.apiPort), '--stats-port', String(sls.statsPort), '--srt-port', '5001'];
      const line = await json(
        'add',
        'eu-west-1',
        'relay-1.example.com',
        '--ip',
        sls.ip,
        '--max-sessions',
        '7',
        ...ports,
      );
      const { last_check, ...rest } = line;
      assert.deepEqual(rest, {
        region: 'eu-west-1',
        host: 'relay-1.example.com',
        ip: sls.ip,
        used: 0,
        max: 7,
        state: 'open',
        health: 'healthy',
        problem: null,
      });
      assert.equal(Number.isNaN(Date.parse(last_check)), false);
      const request = provisionRequest({ region: 'eu-west-1' });
      const { address } = await createPoolProvider(pool().parts).provision(request, NO_PLACEMENT);
      const { ip: publicIp, apiPort: slsPort, statsPort } = sls;
      assert.deepEqual(address, { publicIp, slsPort, statsPort, srtPort: 5001, playerPort: 4000 });
    } finally {
      await sls.close();
    }
  });

  it('add keeps a host that does not answer or does not take the key, says so, and gives it nothing yet', async () => {
    const sls = await startSlsHost({ apiKey: 'another-key' });
    const line = await json(
      'add',
      'us-east-1',
      'strange',
      '--ip',
      sls.ip,
      '--max-sessions',
      '1',
      '--sls-port',
      String(sls.apiPort),
    );
    assert.deepEqual([line.health, /401$/.test(line.problem)], ['unknown', true]);
    await sls.close();
    const away = await json(
      'add',
      'us-east-1',
      'away',
      '--ip',
      sls.ip,
      '--max-sessions',
      '1',
      '--sls-port',
      String(sls.statsPort),
    );
    assert.deepEqual([away.health, /ECONNREFUSED/.test(away.problem)], ['unknown', true]);
    assert.doesNotMatch(JSON.stringify([line, away]), new RegExp(POOL_KEY));
  });

  it('add refuses a name or an address that another host has', async () => {
    const { host, address } = await pool().addHost();
    const { slsPort } = address;
    const add = (name: string, ip: string) =>
      run('add', 'us-east-1', name, '--ip', ip, '--max-sessions', '1', '--sls-port', String(slsPort));
    assertRefused(await add(host, '192.0.2.251'), new RegExp(`^There is a host ${host} already\\.`));
    assertRefused(
      await add('new', address.publicIp),
      new RegExp(`^Another host has ${address.publicIp} and port ${slsPort} already\\.`),
    );
    assert.equal((await hosts()).length, 1);
  });

  it('list shows each host with its places, state, health and last check; and what to do without any', async () => {
    assert.match((await run('list')).stdout, /^There are no hosts yet\. Add one: npm run pool -- add/);
    await pool().addHost({ host: 'b', sessions: 3, health: 'unhealthy' });
    await pool().addHost({ host: 'a', region: 'eu-west-1', state: 'draining', checkedAt: null });
    const [, ...lines] = cellsOf((await run('list')).stdout);
    assert.deepEqual(
      lines.map((line) => line.filter((_, column) => column !== 2)),
      [
        ['eu-west-1', 'a', '0', '15', 'draining', 'healthy', ''],
        ['us-east-1', 'b', '3', '15', 'open', 'unhealthy', '2026-06-01 12:00:00'],
      ],
    );
  });

  it('cordon, drain and uncordon change what a host gets, say how many sessions it has, and may be repeated', async () => {
    const { host } = await pool().addHost({ sessions: 2 });
    for (const [command, state] of [
      ['cordon', 'cordoned'],
      ['cordon', 'cordoned'],
      ['drain', 'draining'],
      ['uncordon', 'open'],
    ] as const) {
      const line = await json(command, host);
      assert.deepEqual([line.state, line.used, (await hosts())[0].state], [state, 2, state]);
    }
  });

  it('remove refuses a host with sessions, says how many and what to do, and removes it once they have ended', async () => {
    const { sls, host } = await pool().startHost();
    const { provider, database } = pool();
    const made = await Promise.all([1, 2].map(() => provider.provision(provisionRequest(), NO_PLACEMENT)));
    assertRefused(
      await run('remove', host.host),
      new RegExp(
        `^There are 2 sessions at ${host.host}\\. Let it run empty: npm run pool -- drain ${host.host}\\n.*--lost$`,
        'm',
      ),
    );
    assert.equal((await hosts()).length, 1);
    for (const one of made) assert.equal(await provider.deprovision(one), true);
    assert.deepEqual(await json('remove', host.host), { host: host.host, removed: true, ended_sessions: 0 });
    assert.deepEqual([await hosts(), sls.streams()], [[], []]);
    const rows = await database('pool_assignments').pluck('host_id');
    assert.deepEqual(rows, [null, null]);
    for (const one of made) assert.equal(await provider.deprovision(one), true);
  });

  it('remove --lost ends what a host had whose machine is gone, without asking it', async () => {
    const { host } = await pool().addHost();
    const { provider } = pool();
    const made = await provider.provision(provisionRequest(), NO_PLACEMENT);
    assert.deepEqual(await json('remove', host, '--lost'), { host, removed: true, ended_sessions: 1 });
    assert.equal((await provider.describe(made))?.state, 'terminated');
    assert.deepEqual(await provider.list('test'), []);
    assert.equal(await provider.deprovision(made), true);
  });
});
