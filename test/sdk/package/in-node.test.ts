import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTRIES } from '../../../scripts/sdk-pack/entries.ts';
import { ROOT, usePackedSdk } from '../../support/packed-sdk.ts';
import { type ModuleFormat, RUNTIMES, runScenario } from '../../support/sdk-scenarios.ts';

const FORMATS: readonly ModuleFormat[] = ['import', 'require'];

describe('The packed SDK in Node', () => {
  const sdk = usePackedSdk();
  let expected: Record<string, string[]>;
  before(async () => {
    const sources = ENTRIES.map(async ({ name, source }) => {
      const module = await import(pathToFileURL(join(ROOT, source)).href);
      return [name, Object.keys(module).sort()] as const;
    });
    expected = Object.fromEntries(await Promise.all(sources));
  });

  for (const runtime of RUNTIMES) {
    it(`is run by the version that the test means: ${runtime.name}`, async () => {
      const { project } = sdk();
      const version = await runScenario({ project, runtime, format: 'import', scenario: 'node-version' });
      assert.equal(`Node ${version}`, runtime.name);
    });

    for (const format of FORMATS) {
      it(`gives by \`${format}\` what the source exports at every entry point, in ${runtime.name}`, async () => {
        const { project } = sdk();
        assert.deepEqual(await runScenario({ project, runtime, format, scenario: 'exports' }), expected);
      });
    }
  }

  it('has something at every entry point', () => {
    const empty = ENTRIES.filter(({ name }) => expected[name]?.length === 0);
    assert.deepEqual(empty, []);
  });
});
