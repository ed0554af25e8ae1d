import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { drawSceneMachine, insertDiagram } from '../../../src/sdk/scene/diagram.ts';
import { sceneMachine } from '../../../src/sdk/scene/machine.ts';

const SCRIPT = resolve(import.meta.dirname, '../../../scripts/scene-diagram.ts');
const MARKED = '# Modes\n<!-- scene-machine -->\nold\n<!-- /scene-machine -->\nThe end.\n';

function run(...args: string[]) {
  return spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });
}

describe('The diagram of the scene machine', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemy-diagram-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('has an arrow for each move of the machine and begins where it does', () => {
    const lines = drawSceneMachine().split('\n');
    assert.deepEqual(lines.slice(0, 2), ['stateDiagram-v2', '  [*] --> STUDIO']);
    assert.ok(lines.includes('  IRL_GRACE --> STUDIO: grace expired, irl off, session stopped'));
    assert.ok(lines.includes('  DEGRADED --> IRL_ACTIVE: probe passed [was IRL_ACTIVE]'));
    const nodes = Object.values(sceneMachine.states);
    const moves = nodes.flatMap((node) => [...node.transitions.values()].flat()).length;
    assert.equal(lines.slice(2).flatMap((line) => line.split(', ')).length, moves);
  });

  it('replaces what is between the marks and nothing else, and again the same', () => {
    const once = insertDiagram(MARKED, 'stateDiagram-v2');
    assert.equal(
      once,
      '# Modes\n<!-- scene-machine -->\n\n```mermaid\nstateDiagram-v2\n```\n\n<!-- /scene-machine -->\nThe end.\n',
    );
    assert.equal(insertDiagram(once, 'stateDiagram-v2'), once);
  });

  for (const text of [
    'no marks',
    '<!-- scene-machine --> only the first',
    '<!-- /scene-machine --> turned <!-- scene-machine -->',
    MARKED + MARKED,
  ]) {
    it(`a file with ${JSON.stringify(text.slice(0, 40))} is refused`, () => {
      assert.throws(() => insertDiagram(text), /It must hold/);
    });
  }

  it('is printed by the script', () => {
    const { stdout, status } = run();
    assert.equal(status, 0);
    assert.equal(stdout.trimEnd(), drawSceneMachine());
  });

  it('is checked and written by the script: an old one fails, a written one passes', async () => {
    const file = join(folder, 'modes.md');
    await writeFile(file, MARKED);
    const old = run('--check', file);
    assert.equal(old.status, 1);
    assert.match(old.stderr, /write it again with --write/);
    assert.equal(await readFile(file, 'utf8'), MARKED, 'a check writes nothing');
    assert.equal(run('--write', file).status, 0);
    assert.equal(await readFile(file, 'utf8'), insertDiagram(MARKED));
    assert.equal(run('--check', file).status, 0);
  });

  it('a file that is not there, or has no marks, fails with a line about it', async () => {
    const bare = join(folder, 'bare.md');
    await writeFile(bare, 'nothing');
    for (const file of [bare, join(folder, 'none.md')]) {
      const { status, stderr } = run('--write', file);
      assert.equal(status, 1);
      assert.ok(stderr.startsWith(file) && stderr.trimEnd().split('\n').length === 1, stderr);
    }
  });
});
