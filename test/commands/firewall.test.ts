import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'sh-syntax';
import { CLOUDFLARE_RANGES } from '../../src/http/cloudflare-ranges.ts';
import { createStubbedFirewall, type StubbedFirewall } from '../support/stubbed-firewall.ts';

const FOLDER = resolve(import.meta.dirname, '../../docker/firewall');
const IPV4 = CLOUDFLARE_RANGES.filter((range) => !range.includes(':'));
const IPV6 = CLOUDFLARE_RANGES.filter((range) => range.includes(':'));
const FOREIGN = '-A DOCKER-USER -s 192.0.2.9/32 -j DROP';
const JUMP =
  '-A DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 -m comment --comment telemy-firewall -j TELEMY-8080';
const SIDES = ['ufw', 'iptables', 'ip6tables'] as const;

describe('restrict-to-cloudflare.sh', function () {
  this.timeout(20_000);
  let firewall: StubbedFirewall;
  beforeEach(async () => {
    firewall = await createStubbedFirewall();
    await firewall.publish(IPV4, IPV6);
  });
  afterEach(() => firewall.close());

  const everything = async () => Promise.all(SIDES.map((side) => firewall.rules(side)));

  it('is shell, in all its files', async () => {
    const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sh'));
    assert.ok(files.length > 1);
    for (const file of files) await parse(await readFile(join(FOLDER, file), 'utf8'), { variant: 0 });
  });

  it('restricts UFW and DOCKER-USER, leaves rules of others alone, and changes nothing when it is run again', async () => {
    await firewall.put({ iptables: [':DOCKER-USER - [0:0]', FOREIGN] });
    assert.equal((await firewall.run('--refresh')).code, 0);
    const [ufw, iptables, ip6tables] = (await everything()) as [string[], string[], string[]];

    const allowed = CLOUDFLARE_RANGES.map((range) => `allow from ${range} to any port 8080 proto tcp`);
    const marked = [...allowed, 'deny 8080/tcp'].map((rule) => `${rule} comment 'telemy-firewall-8080'`);
    assert.deepEqual(ufw.toSorted(), [...marked, 'allow 22/tcp'].toSorted());
    assert.deepEqual(
      iptables.filter((line) => line.startsWith('-A DOCKER-USER')),
      [JUMP, FOREIGN],
    );
    for (const [rules, ranges] of [
      [iptables, IPV4],
      [ip6tables, IPV6],
    ] as const) {
      const own = rules.filter((line) => line.startsWith('-A TELEMY-8080 '));
      const told = own.map((line) => line.replace(/^-A TELEMY-8080 |-m comment --comment telemy-firewall /g, ''));
      assert.deepEqual(told, [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
        '-i docker0 -j RETURN',
        '-i br-+ -j RETURN',
        ...ranges.map((range) => `-s ${range} -j RETURN`),
        '-j DROP',
      ]);
    }

    await firewall.changes();
    const again = await firewall.run('--refresh');
    assert.equal(again.code, 0);
    assert.deepEqual(await firewall.changes(), []);
    assert.deepEqual(await everything(), [ufw, iptables, ip6tables]);
  });

  it('takes away ranges that vanished, adds new ones first, and replaces the chain at once', async () => {
    await firewall.run('--refresh');
    await firewall.changes();
    await firewall.publish([...IPV4.slice(1), '104.28.0.0/15'], IPV6);
    assert.equal((await firewall.run('--refresh')).code, 0);
    const gone = `from ${IPV4[0]} to any port 8080 proto tcp`;
    assert.deepEqual(await firewall.changes(), [
      'iptables-restore --noflush --wait 10',
      'ufw prepend allow from 104.28.0.0/15 to any port 8080 proto tcp comment telemy-firewall-8080',
      `ufw delete allow ${gone}`,
    ]);
    const all = (await everything()).flat();
    assert.equal(all.filter((line) => line.includes(String(IPV4[0]))).length, 0);
    assert.equal(all.filter((line) => line.includes('104.28.0.0/15')).length, 2);
    assert.equal(all.filter((line) => line === JUMP).length, 2);
  });

  it('puts its jump before all others again when somebody came before it', async () => {
    await firewall.run('--refresh');
    const [, iptables] = (await everything()) as [string[], string[]];
    await firewall.put({ iptables: [FOREIGN, ...iptables.filter((line) => line !== FOREIGN), JUMP] });
    assert.equal((await firewall.run()).code, 0);
    const now = (await firewall.rules('iptables')).filter((line) => line.startsWith('-A DOCKER-USER'));
    assert.deepEqual(now, [JUMP, FOREIGN]);
  });

  it('--dry-run prints every command and runs none', async () => {
    const before = await everything();
    const { code, stdout } = await firewall.run('--refresh', '--dry-run');
    assert.equal(code, 0);
    assert.deepEqual(await firewall.changes(), []);
    assert.deepEqual(await everything(), before);
    assert.equal(stdout.match(/^would run: ufw prepend allow from /gm)?.length, 22);
    assert.equal(stdout.match(/^would run: ip6?tables-restore /gm)?.length, 2);
    for (const range of CLOUDFLARE_RANGES) assert.equal(stdout.split(`-s ${range} `).length, 2, range);
    assert.deepEqual((await readdir(firewall.dir)).includes('state'), false);
  });

  const HUGE = Array.from({ length: 201 }, (_, index) => `104.16.${index}.0/24`);
  const BAD: [name: string, ipv4: string[] | null, ipv6: readonly string[], said: RegExp][] = [
    ['cannot be read', null, IPV6, /could not be read/],
    ['is empty', [], [], /0 ranges of IPv4 and 0 of IPv6/],
    ['lacks IPv6', IPV4, [], /15 ranges of IPv4 and 0 of IPv6/],
    ['is too short', IPV4.slice(0, 4), IPV6, /4 ranges of IPv4/],
    ['is huge', HUGE, IPV6, /more than 200 ranges/],
    ['is endless', ['x'.repeat(70_000)], IPV6, /larger than 65536 bytes/],
    ['is a page', ['<!DOCTYPE html>', '<p>Just a moment', ...IPV4], IPV6, /<!doctype html> is no CIDR/i],
    ['has a command in it', [...IPV4, '$(touch owned)/8'], IPV6, /is no CIDR/],
    ['has everyone in it', [...IPV4, '0.0.0.0/0'], IPV6, /0\.0\.0\.0\/0 is too wide/],
    ['has everyone by IPv6 in it', IPV4, [...IPV6, '::/0'], /::\/0 is too wide/],
    ['has a wide range of IPv6 in it', IPV4, [...IPV6, '2000::/15'], /is too wide/],
    ['has a private range in it', [...IPV4, '192.168.0.0/16'], IPV6, /is not public/],
    ['has a range around a private one in it', [...IPV4, '172.0.0.0/8'], IPV6, /is not public \(172\.16\.0\.0\/12\)/],
    ['has local addresses of IPv6 in it', IPV4, [...IPV6, 'fd00::/16'], /is not public/],
    ['has an impossible address in it', [...IPV4, '104.16.0.256/24'], IPV6, /is no CIDR/],
    ['has a range that begins in its middle', [...IPV4, '104.16.0.1/13'], IPV6, /does not begin where a \/13 does/],
  ];
  it('changes nothing, ends with 1 and says why when the list cannot be right', async () => {
    await firewall.run('--refresh');
    const [rules, kept] = [await everything(), await readKept()];
    await firewall.changes();
    for (const [name, ipv4, ipv6, said] of BAD) {
      await firewall.publish(ipv4, ipv6);
      const { code, stderr } = await firewall.run('--refresh');
      assert.equal(code, 1, name);
      assert.match(stderr, said, name);
      assert.match(stderr, /nothing was changed/, name);
      await firewall.publish(IPV4, IPV6);
    }
    assert.deepEqual(await firewall.changes(), []);
    assert.deepEqual([await everything(), await readKept()], [rules, kept]);
  });

  it('works from the last good copy where it is not told to refresh, and from a file that it is given', async () => {
    await firewall.run('--refresh');
    assert.deepEqual((await readKept()).trim().split('\n'), CLOUDFLARE_RANGES);
    await firewall.publish(null, []);
    assert.equal((await firewall.run()).code, 0);
    const file = join(firewall.dir, 'given.txt');
    await writeFile(file, ['# mine', ...CLOUDFLARE_RANGES.slice(1), ''].join('\r\n'));
    assert.equal((await firewall.run('--ranges', file)).code, 0);
    const left = (await firewall.rules('ufw')).filter((rule) => rule.includes(String(CLOUDFLARE_RANGES[0])));
    assert.deepEqual(left, []);
  });

  it('--check tells what differs: in the rules, and from the list of the server', async () => {
    const nothing = await firewall.run('--check');
    assert.equal(nothing.code, 1);
    assert.match(nothing.stdout, /^UFW +23 missing, 0 stale/m);
    await firewall.run('--refresh');
    await firewall.changes();
    const good = await firewall.run('--check');
    assert.equal(good.code, 0);
    assert.match(good.stdout, /^Docker \(ip6tables\) +restricted/m);
    assert.match(good.stdout, /^server's list +agrees \(22 ranges\)$/m);
    const server = join(firewall.dir, 'server.txt');
    await writeFile(server, [...CLOUDFLARE_RANGES.slice(1), '104.28.0.0/15'].join('\n'));
    const other = await firewall.run('--check', '--server-list', server);
    assert.equal(other.code, 1);
    assert.match(other.stdout, /the server lacks 173\.245\.48\.0\/20\n {2}the server alone has 104\.28\.0\.0\/15/);
    assert.deepEqual(await firewall.changes(), []);
  });

  it('tells of a rule of somebody else that opens the port, and leaves it', async () => {
    await firewall.put({ ufw: ['allow 22/tcp', 'allow 8080/tcp'] });
    const { code, stderr } = await firewall.run('--refresh');
    assert.equal(code, 1);
    assert.match(stderr, /ufw delete allow 8080\/tcp/);
    const rules = await firewall.rules('ufw');
    assert.ok(rules.includes('allow 8080/tcp'));
    assert.equal(
      rules.some((rule) => rule.startsWith('deny')),
      false,
    );
    assert.equal((await firewall.run('--check')).code, 1);
  });

  it('--remove takes away its own rules of that port and no others', async () => {
    await firewall.put({ iptables: [':DOCKER-USER - [0:0]', FOREIGN] });
    const before = await everything();
    await firewall.run('--refresh', '--port', '9000');
    const ofOther = await everything();
    await firewall.run();
    assert.equal((await firewall.run('--remove')).code, 0);
    assert.deepEqual(
      (await everything()).map((rules) => rules.toSorted()),
      ofOther.map((rules) => rules.toSorted()),
    );
    assert.equal((await firewall.run('--remove', '--port', '9000')).code, 0);
    assert.deepEqual(await everything(), before);
  });

  it('never touches SSH, and refuses options that make no sense', async () => {
    const WRONG: [options: string[], said: RegExp][] = [
      [['--port', '22'], /SSH/],
      [['--port', '0'], /--port/],
      [['--port', '8080; reboot'], /--port/],
      [['--port'], /--port needs a value/],
      [['--only', 'all'], /--only/],
      [['--inside', 'eth0 -j ACCEPT'], /--inside/],
      [['--refresh', '--ranges', 'x'], /takes no --ranges/],
      [['--frobnicate'], /no option --frobnicate/],
    ];
    for (const [options, said] of WRONG) {
      const { code, stderr } = await firewall.run(...options);
      assert.equal(code, 2, options.join(' '));
      assert.match(stderr, said);
    }
    assert.deepEqual(await firewall.changes(), []);
    const help = await firewall.run('--help');
    assert.equal(help.code, 0);
    for (const option of ['--refresh', '--check', '--dry-run', '--remove', '--port'])
      assert.match(help.stdout, new RegExp(option));
  });

  for (const [tool, said] of [
    ['ufw', /UFW cannot be read\. Run this as root/],
    ['iptables-save', /iptables cannot be read.*run this as root/],
    ['ip6tables-save', /ip6tables cannot be read.*run this as root/],
  ] as const) {
    it(`changes nothing when ${tool} fails`, async () => {
      await writeFile(join(firewall.dir, 'bin', tool), '#!/bin/bash\nexit 4\n');
      const { code, stderr } = await firewall.run('--refresh');
      assert.equal(code, 1);
      assert.match(stderr, said);
      assert.deepEqual(await firewall.changes(), []);
      assert.equal((await firewall.run('--check')).code, 1);
    });
  }

  const readKept = () => readFile(join(firewall.dir, 'state', 'cloudflare-ranges.txt'), 'utf8');
});
