import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lintTarball } from '../../../scripts/sdk-pack/lint.ts';
import { findNodeOnly } from '../../../scripts/sdk-pack/node-only.ts';
import { findOversize, measure } from '../../../scripts/sdk-pack/sizes.ts';
import { ROOT, usePackedSdk } from '../../support/packed-sdk.ts';

describe('The packed SDK', () => {
  const sdk = usePackedSdk();

  it('is within its budgets', async () => {
    assert.deepEqual(findOversize(await measure({ lib: sdk().lib, root: ROOT })), []);
  });

  it("uses nothing in browsers that only Node, or a newer browser than OBS's, has", async () => {
    assert.deepEqual(await findNodeOnly({ lib: sdk().lib, root: ROOT }), []);
  });

  it('has no fault that publint or Are The Types Wrong know', async () => {
    assert.deepEqual(await lintTarball(sdk().tarball), []);
  });

  for (const ending of ['.js', '.cjs']) {
    it(`has each class once in its ${ending} files, so that instanceof holds over entry points`, async () => {
      const names = (await readdir(sdk().lib)).filter((name) => name.endsWith(ending));
      const texts = await Promise.all(names.map((name) => readFile(join(sdk().lib, name), 'utf8')));
      // Bundlers turn a class into a variable that holds it.
      const declared = /\b(?:class |var )(Telemy\w+)(?= = class| extends| \{)/g;
      const classes = texts.flatMap((text) => Array.from(text.matchAll(declared), ([, name]) => name));
      assert.ok(classes.includes('TelemyApiError'));
      assert.deepEqual(classes.toSorted(), [...new Set(classes)].sort());
    });
  }
});
