import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { CLOUDFLARE_RANGES, readCloudflareRanges } from '../../src/http/cloudflare-ranges.ts';
import { FileFaultsError } from '../../src/yaml-file.ts';
import { SECRETS } from '../support/good-secrets.ts';

const IPV4 = ['198.41.128.0/17', '162.158.0.0/15', '104.16.0.0/13', '172.64.0.0/13', '131.0.72.0/22'];
const IPV6 = ['2606:4700::/32', '2803:f800::/32', '2a06:98c0::/29'];
const GOOD = [...IPV4, ...IPV6];

describe("a list of Cloudflare's ranges", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemy-ranges-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function read(text: string): Promise<string[]> {
    const file = join(folder, 'ranges.txt');
    await writeFile(file, text);
    return readCloudflareRanges(file);
  }

  it('may be the one that comes with the server: 15 of IPv4 and 7 of IPv6', async () => {
    assert.deepEqual(await read(CLOUDFLARE_RANGES.join('\n')), CLOUDFLARE_RANGES);
    const ipv6 = CLOUDFLARE_RANGES.filter((range) => range.includes(':'));
    assert.deepEqual([CLOUDFLARE_RANGES.length, ipv6.length], [22, 7]);
  });

  it('is taken by the configuration', async () => {
    await read(GOOD.join('\n'));
    const config = loadConfig({ ...SECRETS, CLOUDFLARE_RANGES_FILE: join(folder, 'ranges.txt') });
    assert.deepEqual(config.cloudflareRanges, GOOD);
  });

  it('may have comments, empty lines and the line ends of Windows', async () => {
    assert.deepEqual(await read(`# today\r\n\r\n${GOOD.join('\r\n')}\r\n`), GOOD);
  });

  const BAD: [name: string, line: string, fault: RegExp][] = [
    ['an address alone', '198.41.128.1', /"198.41.128.1" is no CIDR/],
    ['a page of HTML', '<!DOCTYPE html>', /is no CIDR/],
    ['the whole of IPv4', '0.0.0.0/0', /is too wide/],
    ['a wide range of IPv6', '2000::/3', /is too wide/],
    ['a private range', '192.168.0.0/16', /is no range of public addresses/],
    ['loopback', '127.0.0.0/8', /is no range of public addresses/],
    ['local addresses of IPv6', 'fd00::/16', /is no range of public addresses/],
  ];
  for (const [name, line, fault] of BAD) {
    it(`is refused with ${name} in it`, () =>
      assert.rejects(read([...GOOD, line].join('\n')), (error: Error) => {
        assert.ok(error instanceof FileFaultsError);
        assert.match(error.message, fault);
        return true;
      }));
  }

  const many = Array.from({ length: 193 }, (_, index) => `104.16.${index}.0/24`);
  const COUNTS: [name: string, ranges: string[], fault: RegExp][] = [
    ['empty', [], /has 0 ranges of IPv4 and 0 of IPv6/],
    ['without IPv6', IPV4, /has 5 ranges of IPv4 and 0 of IPv6/],
    ['with too few of IPv4', [...IPV4.slice(1), ...IPV6], /has 4 ranges of IPv4 and 3 of IPv6/],
    ['huge', [...GOOD, ...many], /has 201 ranges/],
  ];
  for (const [name, ranges, fault] of COUNTS) {
    it(`is refused when it is ${name}`, () => assert.rejects(read(ranges.join('\n')), fault));
  }
});
