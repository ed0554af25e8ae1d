import assert from 'node:assert/strict';
import { createSceneEngine } from '../../../src/sdk/scene/engine.ts';
import type { SceneInput } from '../../../src/sdk/scene/inputs.ts';
import { recordScene, replay, SceneLogError } from '../../../src/sdk/scene/record.ts';

const INPUTS: SceneInput[] = [
  { at: 1_000, type: 'telemetry', state: 'fresh', bitrateKbps: 3_000 },
  { at: 1_000, type: 'startup', status: 'active' },
  { at: 1_500, type: 'tick' },
  { at: 2_000, type: 'telemetry', state: 'fresh', bitrateKbps: 0 },
  { at: 2_000, type: 'tick' },
  { at: 2_500, type: 'command', text: '!switch Chat\u2028"', role: 'admin' },
  { at: 2_500, type: 'tick' },
];

function record() {
  const lines: string[] = [];
  const engine = recordScene(createSceneEngine({ config: { failureHits: 2 } }), (line) => lines.push(line));
  const outcomes = INPUTS.map((input) => engine.feed(input));
  return { lines, engine, outcomes };
}

describe('A recorded scene log', () => {
  it('gives the same decisions, effects, events, state and counters again, under the same configuration', () => {
    const { lines, engine, outcomes } = record();
    const replayed = replay(lines);
    assert.deepEqual(replayed, { outcomes, state: engine.snapshot(), counters: engine.counters() });
    assert.deepEqual(replay(`${lines.join('\n')}\n`), replayed);
  });

  it('is one line of JSON for each input, after the configuration', () => {
    const { lines } = record();
    assert.equal(lines.length, INPUTS.length + 1);
    assert.ok(lines.every((line) => !line.includes('\n')));
    assert.deepEqual(
      lines.slice(1).map((line) => JSON.parse(line)),
      INPUTS,
    );
  });

  it('holds an input before it is worked on', () => {
    const lines: string[] = [];
    const engine = createSceneEngine();
    const feed = () => {
      throw new Error('the engine broke');
    };
    const broken = recordScene({ ...engine, feed }, (line) => lines.push(line));
    assert.throws(() => broken.feed({ at: 1, type: 'tick' }));
    assert.equal(lines.at(-1), '{"at":1,"type":"tick"}');
  });

  it('may end in the midst of a line', () => {
    const { lines, outcomes } = record();
    const cut = [...lines.slice(0, -1), lines.at(-1)?.slice(0, 9) ?? ''];
    assert.deepEqual(replay(cut).outcomes, outcomes.slice(0, -1));
  });

  it('that is damaged elsewhere is refused, with the line', () => {
    const { lines } = record();
    lines[2] = '{"at":1';
    assert.throws(
      () => replay(lines),
      (error) => error instanceof SceneLogError && error.line === 3,
    );
  });

  for (const head of ['', '{}', '{"scene_log":2,"config":{}}', 'nonsense']) {
    it(`that begins with ${JSON.stringify(head)} is none`, () => {
      assert.throws(
        () => replay([head, '{"at":1,"type":"tick"}']),
        (error) => error instanceof SceneLogError && error.line === 1,
      );
    });
  }
});
