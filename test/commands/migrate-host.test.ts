import assert from 'node:assert/strict';
import { execFile as execFileCallback } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { PHASES } from '../../scripts/migrate-host/journal.ts';
import { phases } from '../../scripts/migrate-host/run-phase.ts';

const execFile = promisify(execFileCallback);
const SCRIPT = resolve(import.meta.dirname, '../../scripts/migrate-host.ts');

describe('migrate-host', () => {
  const run = async (...args: string[]) => (await execFile(process.execPath, [SCRIPT, ...args])).stdout;

  it('tells its phases in their order, without a configuration', async () => {
    const help = (await run('--help')).replaceAll(/\s+/g, ' ');
    const places = PHASES.map((name) => help.indexOf(` ${name} [options] ${phases[name].description}`));
    assert.ok(!places.includes(-1), help);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  });

  it('tells the options of a phase that changes something', async () => {
    const help = await run('rollback', '--help');
    for (const option of ['--config <file>', '--dry-run', '--yes', '--accept-loss', '--json'])
      assert.ok(help.includes(option), help);
  });
});
