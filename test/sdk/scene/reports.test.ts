import assert from 'node:assert/strict';
import { toSceneCloud } from '../../../src/sdk/scene/inputs.ts';
import { CLOUD_UP, createGraceLab, createLiveLab, createSceneLab, DEAD, HEALTHY, type SceneLab } from './lab.ts';

function read(lab: SceneLab, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = JSON.stringify(labels);
  const counters = lab.engine.counters().filter((counter) => counter.name === name);
  return counters.find((counter) => JSON.stringify(counter.labels) === wanted)?.value;
}

describe('What the scene engine reports', () => {
  it('each transition with from, to, trigger and time, and a count by from and to', () => {
    const lab = createLiveLab();
    const moves = lab.events('transition').map(({ from, to, trigger }) => `${from} ${to} ${trigger}`);
    assert.deepEqual(moves, ['STUDIO IRL_CONNECTING START_ACCEPTED', 'IRL_CONNECTING IRL_ACTIVE TELEMETRY_CONNECTED']);
    assert.equal(lab.events('transition')[0]?.at, 1_001_500);
    assert.equal(read(lab, 'state_transition_total', { from: 'STUDIO', to: 'IRL_CONNECTING' }), 1);
  });

  it('one decision for each tick, with rule, intent, reason and an id of its own, and a count by intent and rule', () => {
    const lab = createSceneLab();
    lab.run(5_000);
    const decisions = lab.events('decision');
    assert.equal(new Set(decisions.map(({ requestId }) => requestId)).size, 10);
    const [{ at: _, requestId: __, ...first } = assert.fail()] = decisions;
    assert.deepEqual(first, {
      type: 'decision',
      rule: 5,
      intent: 'HOLD',
      scene: null,
      reason: 'nothing to do in STUDIO',
      emitted: false,
    });
    assert.equal(read(lab, 'scene_intent_total', { intent: 'HOLD', rule: '5' }), 10);
  });

  it('a decision and its effects share the request id', () => {
    const lab = createLiveLab();
    const { effects, events } = lab.tick(CLOUD_UP, DEAD);
    const [effect] = effects;
    const decision = events.find(({ type }) => type === 'decision');
    assert.ok(effect?.type === 'switch_scene' && decision?.type === 'decision');
    assert.equal(effect.requestId, decision.requestId);
    assert.equal(decision.emitted, true);
  });

  it('start and end of a grace, and counts of entries and recoveries', () => {
    const lab = createGraceLab();
    assert.equal(lab.events('grace_started')[0]?.endsAt, lab.at + 600_000);
    lab.run(2_000, CLOUD_UP, HEALTHY);
    while (lab.mode !== 'IRL_GRACE') lab.tick(DEAD);
    lab.tick({ type: 'irl_deactivate', via: 'ui', role: 'user' });
    lab.tick();
    assert.deepEqual(
      lab.events('grace_stopped').map(({ recovered }) => recovered),
      [true, false],
    );
    assert.deepEqual([read(lab, 'grace_entries_total'), read(lab, 'grace_recoveries_total')], [2, 1]);
  });

  it('an expired grace once, not as stopped', () => {
    const lab = createGraceLab();
    lab.run(610_000, DEAD);
    assert.equal(lab.events('grace_expired').length, 1);
    assert.deepEqual(lab.events('grace_stopped'), []);
  });

  it('a grace that a fault ended', () => {
    const lab = createGraceLab();
    lab.feed({ type: 'fault', kind: 'auth', message: 'token refused' });
    assert.deepEqual(
      lab.events('grace_stopped').map(({ recovered }) => recovered),
      [false],
    );
  });

  it('the seconds in DEGRADED', () => {
    const lab = createSceneLab();
    assert.equal(read(lab, 'degraded_duration_seconds'), 0);
    lab.feed({ type: 'obs_availability', available: false });
    lab.run(12_500);
    assert.equal(read(lab, 'degraded_duration_seconds'), 12.5);
    lab.tick({ type: 'obs_availability', available: true }, { type: 'validation_probe', passed: true });
    lab.run(60_000);
    assert.equal(read(lab, 'degraded_duration_seconds'), 13.5);
  });

  it('snapshots and counters are copies, as plain data', () => {
    const lab = createLiveLab();
    const { engine } = lab;
    const before = engine.snapshot();
    assert.deepEqual(JSON.parse(JSON.stringify(before)), before);
    engine.snapshot().mode = 'FATAL';
    for (const counter of engine.counters()) counter.value = -1;
    assert.deepEqual(engine.snapshot(), before);
    assert.ok(engine.counters().every(({ value }) => value >= 0));
  });

  it("a session in the contract's words is understood", () => {
    assert.deepEqual(toSceneCloud(null), { status: 'none' });
    assert.deepEqual(toSceneCloud({ status: 'active', provision_step: 'ready' }), { status: 'active' });
    const coming = toSceneCloud({ status: 'provisioning', provision_step: 'booting' });
    assert.deepEqual(coming, { status: 'provisioning', step: 'booting' });
  });
});
