import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WEB_ENTRIES } from '../../../scripts/sdk-pack/entries.ts';
import { prepareFolder } from '../../../scripts/sdk-pack/folder.ts';
import { lintTarball } from '../../../scripts/sdk-pack/lint.ts';
import { findNodeOnly } from '../../../scripts/sdk-pack/node-only.ts';
import { npmPack } from '../../../scripts/sdk-pack/npm-pack.ts';
import { findOversize } from '../../../scripts/sdk-pack/sizes.ts';
import { ROOT } from '../../support/packed-sdk.ts';

describe('The checks of the SDK package', () => {
  it('find what only Node or newer browsers have, and tell them from names that look alike', async () => {
    const lib = await makeLib({
      index: `import { join } from 'node:path'; export const a = () => join(Buffer.from('x'));`,
      relay: `export const a = () => typeof process === 'object' && globalThis.process.env;`,
      telemetry: `export const a = (process, x) => [process, x.Buffer, 'require', { module: 1 }, AbortSignal.any([])];`,
      scene: `export const a = () => import('node:fs'), b = () => require('x');`,
    });
    assert.deepEqual((await findNodeOnly({ lib, root: ROOT })).sort(), [
      '. uses Buffer, which some browsers lack.',
      '. uses node:path, which some browsers lack.',
      './relay uses process, which some browsers lack.',
      './scene uses node:fs, which some browsers lack.',
      './scene uses require, which some browsers lack.',
      './telemetry uses AbortSignal.any, which some browsers lack.',
    ]);
  });

  it('find what is over its budget, and let through what just meets it', () => {
    const sizes = [
      { entry: '.', min: 30_000, gzip: 12_001, budget: 12_000 },
      { entry: './relay', min: 30_000, gzip: 12_000, budget: 12_000 },
      { entry: './scene', min: 30_000, gzip: 99_999, budget: undefined },
    ];
    assert.deepEqual(findOversize(sizes), ['. is 12.00 kB compressed; its budget is 12.00 kB.']);
  });

  it('find a package.json that promises files and types which are not there', async () => {
    const folder = await makeFolder();
    const exports = { import: { types: './lib/index.d.cts', default: './lib/index.js' }, require: './lib/gone.cjs' };
    const manifest = { name: 'faulty', version: '1.0.0', type: 'module', files: ['lib'], exports: { '.': exports } };
    await mkdir(join(folder, 'lib'));
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'lib/index.js'), 'export const a = 1;\n');
    await writeFile(join(folder, 'lib/index.d.cts'), 'export declare const a: number;\n');
    await npmPack(folder);
    const found = await lintTarball(join(folder, 'faulty-1.0.0.tgz'));
    const all = found.join('\n');
    assert.match(all, /^publint: .*gone\.cjs.* does not exist/m);
    assert.match(all, /^types: Resolution failed: \., node16-cjs$/m);
    assert.match(all, /^types: Types are CJS, but implementation is ESM: .*index\.d\.cts/m);
  });

  it('leave alone a folder of something else', async () => {
    const out = await makeFolder();
    await writeFile(join(out, 'package.json'), '{"name":"mine"}');
    await assert.rejects(prepareFolder({ root: ROOT, out }), /holds something else than @telemy\/control-plane-sdk/);
    assert.equal(await readFile(join(out, 'package.json'), 'utf8'), '{"name":"mine"}');
  });
});

async function makeLib(texts: Record<string, string>): Promise<string> {
  const lib = await makeFolder();
  assert.deepEqual(
    Object.keys(texts),
    WEB_ENTRIES.map(({ name }) => name),
  );
  await Promise.all(Object.entries(texts).map(([name, text]) => writeFile(join(lib, `${name}.js`), text)));
  return lib;
}

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sdk-checks-'));
}
