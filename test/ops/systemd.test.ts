import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const UNITS = resolve(import.meta.dirname, '../../docker/systemd');
/** By `systemd-analyze security`, from 0 (nothing to be had) to 10. */
const MOST_EXPOSED = { api: 1.5, worker: 1.5, migrate: 1.5, backup: 1.5, firewall: 3.2 };

describe('the units of systemd', function () {
  this.timeout(60_000);
  let folder: string;
  const analyze = async (...args: string[]) => {
    // Our units come first, and the machine's own stand behind them.
    const env = { PATH: process.env.PATH, SYSTEMD_UNIT_PATH: `${folder}:`, LC_ALL: 'C.UTF-8' };
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['--no-pager', ...args], {
      env,
      cwd: folder,
    });
    return `${stdout}${stderr}`;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'units-'));
    await cp(UNITS, folder, { recursive: true });
    // The places of an installation, of which this machine has none.
    for (const name of await listUnits()) {
      const text = await readFile(join(folder, name), 'utf8');
      await writeFile(join(folder, name), text.replaceAll(/\/opt\/telemy\/\S+\.sh/g, '/bin/true'));
    }
  });

  it('are understood by systemd to the last setting', async () => {
    assert.equal(await analyze('verify', ...(await listUnits())), '');
  });

  it('have settings that systemd would complain of if it did not know them', async () => {
    await writeFile(join(folder, 'typo.service'), '[Service]\nExecStart=/bin/true\nProtectSytem=strict\n');
    assert.match(await analyze('verify', 'typo.service'), /Unknown key.*ProtectSytem/);
  });

  for (const [name, most] of Object.entries(MOST_EXPOSED)) {
    it(`leave telemy-${name} an exposure of ${most} at most`, async () => {
      const said = await analyze('security', '--offline=true', `telemy-${name}.service`);
      const level = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
      console.log(`      telemy-${name}.service: ${level}`);
      assert.ok(level <= most, said);
    });
  }
});

async function listUnits(): Promise<string[]> {
  return (await readdir(UNITS)).filter((name) => /^telemy-\w+\.(service|timer)$/.test(name));
}
