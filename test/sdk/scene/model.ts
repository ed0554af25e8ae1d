import assert from 'node:assert/strict';
import type { SceneOutcome } from '../../../src/sdk/scene/engine.ts';
import type { SceneFact } from '../../../src/sdk/scene/inputs.ts';

const STABLE = ['STUDIO', 'IRL_CONNECTING', 'IRL_ACTIVE', 'IRL_GRACE'];

/** All moves there are. */
const MOVES = new Set([
  'STUDIO>IRL_CONNECTING',
  'IRL_CONNECTING>IRL_ACTIVE',
  'IRL_CONNECTING>STUDIO',
  'IRL_ACTIVE>IRL_GRACE',
  'IRL_GRACE>IRL_ACTIVE',
  'IRL_GRACE>STUDIO',
  'IRL_ACTIVE>STUDIO',
  'DEGRADED>FATAL',
  'FATAL>STUDIO',
  ...STABLE.flatMap((mode) => [`${mode}>DEGRADED`, `${mode}>FATAL`, `DEGRADED>${mode}`]),
]);

/** What has to be known of the past to judge an outcome; much less than the engine knows. */
export interface SceneModel {
  mode: string;
  prior: string;
  /** Healthy polls in a row. */
  healthy: number;
  /** Whether the last poll that could be read saw nothing arrive. */
  dead: boolean;
  /** Whether the control plane's latest word is against the signal. */
  against: boolean;
  scene: string;
  /** A privacy scene is shown, and nobody has given it back. */
  privacy: boolean;
  /** Times of the engine's own switches between LIVE and BRB. */
  switches: number[];
  /** What was seen on the way, to know that the samples are worth something. */
  seen: Set<string>;
}

export function createSceneModel(): SceneModel {
  return {
    mode: 'STUDIO',
    prior: 'STUDIO',
    healthy: 0,
    dead: false,
    against: false,
    scene: '',
    privacy: false,
    switches: [],
    seen: new Set(),
  };
}

/** Notes what was told, before the outcome is judged. */
export function noteFact(model: SceneModel, fact: SceneFact): void {
  if (fact.type === 'telemetry') {
    const read = fact.state === 'fresh' && fact.bitrateKbps >= 0 && fact.bitrateKbps < Number.POSITIVE_INFINITY;
    if (read) model.dead = fact.bitrateKbps === 0;
    model.healthy = read && fact.bitrateKbps > 0 ? model.healthy + 1 : 0;
  }
  if (fact.type === 'cloud' || fact.type === 'startup') {
    model.against = fact.status === 'grace' || fact.ingestActive === false;
  }
  if (fact.type === 'release_override') model.privacy = false;
  if (fact.type !== 'obs_scene' || fact.scene === model.scene) return;
  model.scene = fact.scene;
  model.privacy = fact.scene === 'Privacy';
}

/** Holds an outcome against what must be true of each. `at`: the engine's time. */
export function judge(
  model: SceneModel,
  fact: SceneFact,
  { outcome, at }: { outcome: SceneOutcome; at: number },
): void {
  for (const event of outcome.events) {
    model.seen.add(event.type);
    if (event.type === 'reconnect' && event.outcome.startsWith('restored')) {
      assert.equal(model.prior, 'STUDIO', 'only STUDIO is left for what is found');
      model.prior = event.outcome.replace('restored_', 'IRL_').toUpperCase();
      if (model.mode !== 'DEGRADED') model.mode = model.prior;
    }
    if (event.type !== 'transition') continue;
    assert.equal(event.from, model.mode, 'moves follow each other');
    const move = `${event.from}>${event.to}`;
    assert.ok(MOVES.has(move), `${move} is in the table`);
    if (event.from === 'DEGRADED' && event.to !== 'FATAL') assert.equal(event.to, model.prior, 'back to where it was');
    model.mode = event.to;
    if (STABLE.includes(event.to)) model.prior = event.to;
    model.seen.add(move);
  }
  const decisions = outcome.events.filter(({ type }) => type === 'decision');
  assert.equal(decisions.length, fact.type === 'tick' ? 1 : 0, 'one intent per tick, none otherwise');
  judgeEffects(model, outcome, at);
}

function judgeEffects(model: SceneModel, { decision, effects }: SceneOutcome, at: number): void {
  const acts = effects.filter(({ type }) => type !== 'notice');
  if (acts.length === 0) return;
  assert.ok(decision, 'only ticks act');
  assert.ok(STABLE.includes(model.mode), `no emit in ${model.mode}`);
  if (acts.some(({ type }) => type === 'refresh_media')) assert.equal(decision.rule, 4);
  const [first] = acts;
  if (first?.type !== 'switch_scene') return;
  model.seen.add(`rule ${decision.rule}`);
  assert.equal(first.intent, decision.intent);
  if (decision.rule === 1) {
    // By an admin, or the engine would have refused; OBS may be slow to follow.
    model.privacy = first.scene === 'Privacy';
    return;
  }
  assert.ok(!model.privacy, 'a privacy scene is held');
  if (decision.intent === 'LIVE') {
    assert.ok(model.healthy >= 3, `a recovery takes 3 healthy polls, not ${model.healthy}`);
    assert.equal(model.mode, 'IRL_ACTIVE');
    assert.equal(acts[1]?.type, 'refresh_media');
  }
  if (decision.intent === 'BRB') assert.ok(model.dead || model.against, 'BRB needs evidence');
  if (decision.intent === 'OFFLINE') return;
  model.switches.push(at);
  const window = model.switches.filter((time) => at - time < 1_500);
  assert.ok(window.length <= 2, 'at most one pair of LIVE and BRB in a stability window');
}
