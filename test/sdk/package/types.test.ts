import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, usePackedSdk } from '../../support/packed-sdk.ts';
import { CONSUMER } from './consumer.ts';

/** None may need the types of Node: a dock's project hasn't got them. The package's own declarations are checked too. */
const STRICT = {
  noEmit: true,
  strict: true,
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  types: [],
  target: 'es2022',
  lib: ['es2022', 'dom'],
};

describe('The types of the packed SDK', function () {
  this.timeout(60_000);
  const sdk = usePackedSdk();

  it('fit a user in Node, as an ES module and as CommonJS', async () => {
    const files = { 'esm.mts': CONSUMER, 'commonjs.cts': CONSUMER };
    assert.equal(await compile('types-node', files, { module: 'node16', moduleResolution: 'node16' }), '');
  });

  it('fit a user with a bundler, and the example in the README', async () => {
    const readme = await readFile(join(sdk().lib, '../README.md'), 'utf8');
    const example = /```ts\n(.+?)```/s.exec(readme)?.[1];
    assert.ok(example, 'there is an example');
    const files = { 'bundled.ts': CONSUMER, 'readme.ts': example };
    assert.equal(await compile('types-bundler', files, { module: 'esnext', moduleResolution: 'bundler' }), '');
  });

  /** What `tsc` says about these files in a folder of the user's project. */
  async function compile(folder: string, files: Record<string, string>, options: object): Promise<string> {
    const place = join(sdk().project, folder);
    await mkdir(place);
    const config = { compilerOptions: { ...STRICT, ...options }, files: Object.keys(files) };
    const all = { ...files, 'tsconfig.json': JSON.stringify(config) };
    await Promise.all(Object.entries(all).map(([file, text]) => writeFile(join(place, file), text)));
    return new Promise((done) => {
      execFile(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], { cwd: place }, (error, stdout) =>
        done(error ? stdout || String(error) : ''),
      );
    });
  }
});
