import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const LAB = join(import.meta.dirname, 'firewall-lab.sh');
const SCRIPT = resolve(import.meta.dirname, '../../docker/firewall/restrict-to-cloudflare.sh');
const LIMIT_MS = 180_000;
const OWN_NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child'];
const HOW = 'On Debian, as root: apt-get install --no-install-recommends ufw iptables iproute2 procps util-linux curl';

/** The real tools, in namespaces of their own: nothing of the machine's own network or rules is touched. */
describe('the firewall with real packets', function () {
  this.timeout(LIMIT_MS);
  let seen: Map<string, string>;

  before(async () => {
    const { status, stderr } = spawnSync(
      'unshare',
      [...OWN_NAMESPACES, 'sh', '-c', 'ip link set lo up && iptables -S && ufw --version'],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(status, 0, `This needs ufw, iptables and the right to make network namespaces. ${HOW}\n${stderr}`);
    const args = [...OWN_NAMESPACES, LAB, SCRIPT, process.execPath];
    const { stdout } = await promisify(execFile)('unshare', args, { timeout: LIMIT_MS, killSignal: 'SIGKILL' });
    seen = new Map(
      stdout
        .split('\n')
        .flatMap((line) => [/^([\w.-]+)=(.*)$/.exec(line)?.slice(1) as [string, string]].filter(Boolean)),
    );
  });

  const of = (when: string) =>
    Object.fromEntries(
      [...seen].flatMap(([key, value]) => (key.startsWith(`${when}.`) ? [[key.slice(when.length + 1), value]] : [])),
    );
  const REST = { 'stranger.ssh': 'open', 'sibling.published': 'open', 'host.own': 'open' };
  const PARTS = ['published', 'published-ipv6', 'own', 'own-ipv6'];
  const both = (who: string, what: string) => Object.fromEntries(PARTS.map((part) => [`${who}.${part}`, what]));

  it('has a host in front of it that everybody reaches', () => {
    assert.deepEqual(of('before'), { ...both('cloudflare', 'open'), ...both('stranger', 'open'), ...REST });
  });

  it('lets Cloudflare in and no stranger, by IPv4 and IPv6; SSH, loopback and other containers stay as they were', () => {
    assert.deepEqual(of('after'), { ...both('cloudflare', 'open'), ...both('stranger', 'shut'), ...REST });
  });

  it('changes nothing when it is run again', () => {
    assert.equal(seen.get('again'), 'same');
  });

  it('never shuts Cloudflare out nor lets a stranger in while ranges change', () => {
    const [cloudflare = 0, stranger = 0] = (seen.get('during.knocks') ?? '').split(' ').map(Number);
    assert.ok(cloudflare > 20 && stranger > 5, seen.get('during.knocks'));
    assert.deepEqual([seen.get('during.cloudflare'), seen.get('during.stranger')], ['open ', 'shut ']);
    console.log(`      ${cloudflare} connections from Cloudflare and ${stranger} of a stranger during 7 changes`);
  });

  it('shuts out a range that vanished from the list', () => {
    const gone = { 'cloudflare.published': 'shut', 'cloudflare.own': 'shut' };
    const left = { 'cloudflare.published-ipv6': 'open', 'cloudflare.own-ipv6': 'open' };
    assert.deepEqual(of('stale'), { ...gone, ...left, ...both('stranger', 'shut'), ...REST });
  });

  it('leaves everything as it was before when it is removed', () => {
    assert.equal(seen.get('removed'), 'as-before');
    const { 'stranger.published': published } = of('removed');
    assert.equal(published, 'open');
  });
});
