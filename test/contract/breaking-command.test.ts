import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ANSWERS } from './breaking-answers.ts';
import type { Edits } from './breaking-example.ts';
import { edit } from './edit.ts';
import { readSmallContract } from './small-contract.ts';

const SCRIPT = resolve(import.meta.dirname, '../../scripts/check-breaking.ts');
const RENAMED: Edits = [['#/paths/~1animals~1{animal_id}/put/operationId', 'replaceAnimal']];
const BASE = '#/servers';
const VERSION = '#/info/version';

describe('the command that looks for what breaks clients', () => {
  let folder: string;
  let releases: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemy-breaking-'));
    releases = join(folder, 'released');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs it on the small contract with these changes. */
  async function check(edits: Edits, ...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const contract = readSmallContract();
    edit(contract, BASE, [{ url: '/api/v1' }]);
    for (const [pointer, value] of edits) edit(contract, pointer, value);
    const file = join(folder, `${crypto.randomUUID()}.json`);
    await writeFile(file, JSON.stringify(contract));
    const args = [SCRIPT, '--contract', file, '--releases', releases, ...options];
    return new Promise((done) => {
      execFile(process.execPath, args, (error, stdout, stderr) => {
        done({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  }

  it('names the file that it cannot read as a contract', async () => {
    const empty = join(folder, 'empty.yaml');
    await writeFile(empty, '');
    for (const file of [empty, join(folder, 'missing.yaml')]) {
      const { code, stderr } = await check([], '--contract', file);
      assert.equal(code, 1);
      assert.ok(stderr.startsWith(`${file} cannot be read as a contract.`), stderr);
    }
  });

  it('keeps releases, and refuses one that breaks without a new major version and a base path of its own', async () => {
    const none = await check([]);
    assert.deepEqual([none.code, none.stdout], [1, '']);
    assert.match(none.stderr, /npm run release-contract/);
    const first = await check([], '--release');
    assert.equal(first.code, 0, first.stderr);

    const [broken, asJson, again, minor, sameBase] = await Promise.all([
      check(RENAMED),
      check(RENAMED, '--json'),
      check([], '--release'),
      check([...RENAMED, [VERSION, '1.1.0']], '--release'),
      check([...RENAMED, [VERSION, '2.0.0']], '--release'),
    ]);
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /^renameAnimal\n {2}error operation-renamed: is called replaceAnimal now$/m);
    assert.match(broken.stdout, /renameAnimal \(PUT \/animals\/\{animal_id\}\)/);
    assert.match(broken.stdout, /1\.0\.0 compared with the released 1\.0\.0: 1 error, 0 warnings/);
    assert.match(broken.stderr, /new major version/);
    assert.equal(asJson.code, 1);
    assert.deepEqual(
      JSON.parse(asJson.stdout).findings.map(({ kind }: { kind: string }) => kind),
      ['operation-renamed'],
    );
    assert.equal(again.code, 1);
    assert.match(again.stderr, /raise info\.version/);
    for (const refused of [minor, sameBase]) assert.match(refused.stderr, /new major version.*base path/);
    assert.deepEqual(await readdir(releases), ['1.0.0.json']);

    const warned = ANSWERS.find(({ finds }) => finds.includes('error-status-added'))?.change ?? [];
    const minorRelease = await check([...warned, [VERSION, '1.10.0']], '--release');
    assert.equal(minorRelease.code, 0, minorRelease.stderr);
    assert.match(minorRelease.stdout, /warning error-status-added/);
    const older = await check([[VERSION, '1.9.0'], ...warned]);
    assert.match(older.stderr, /1\.10\.0 is released: raise it/);
    const major = await check([...RENAMED, ...warned, [VERSION, '2.0.0'], [BASE, [{ url: '/api/v2' }]]], '--release');
    assert.equal(major.code, 0, major.stderr);
    assert.deepEqual((await readdir(releases)).sort(), ['1.0.0.json', '1.10.0.json', '2.0.0.json']);
  });
});
