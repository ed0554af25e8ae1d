import assert from 'node:assert/strict';
import { resolveSceneConfig } from '../../../src/sdk/scene/config.ts';
import { decide } from '../../../src/sdk/scene/decide.ts';
import { createSceneState, type SceneState } from '../../../src/sdk/scene/state.ts';

const CONFIG = resolveSceneConfig({ privacyScenes: ['Privacy'] });

/** What a rule needs to have something to say, in IRL_ACTIVE. */
const SAYS: Record<1 | 2 | 3 | 4, (state: SceneState) => void> = {
  1(state) {
    state.command = { intent: 'OFFLINE', role: 'mod' };
  },
  2(state) {
    state.telemetry.zeroHits = 1;
  },
  3(state) {
    state.cloud = { status: 'stopped' };
  },
  4(state) {
    Object.assign(state.telemetry, { state: 'fresh', healthyPolls: 3, healthySince: 9_000, freshAt: 10_000 });
  },
};
const INTENTS = { 1: 'OFFLINE', 2: 'BRB', 3: 'OFFLINE', 4: 'LIVE', 5: 'HOLD' } as const;

function createActive(...rules: (1 | 2 | 3 | 4)[]): SceneState {
  const state = createSceneState();
  Object.assign(state, { mode: 'IRL_ACTIVE', prior: 'IRL_ACTIVE', at: 10_000, cloud: { status: 'active' } });
  for (const rule of rules) SAYS[rule](state);
  return state;
}

function decideFor(state: SceneState) {
  const { rule, intent } = decide(state, state, CONFIG);
  return { rule, intent };
}

describe('The rules of scenes', () => {
  for (const rule of [1, 2, 3, 4] as const) {
    it(`rule ${rule} alone says ${INTENTS[rule]}`, () => {
      assert.deepEqual(decideFor(createActive(rule)), { rule, intent: INTENTS[rule] });
    });

    for (const lower of [2, 3, 4] as const) {
      if (lower <= rule) continue;
      it(`rule ${rule} beats rule ${lower}`, () => {
        assert.deepEqual(decideFor(createActive(rule, lower)), { rule, intent: INTENTS[rule] });
      });
    }
  }

  it('rule 5 holds when nothing else has anything to say', () => {
    assert.deepEqual(decideFor(createActive()), { rule: 5, intent: 'HOLD' });
  });

  it('rule 1 beats all others at once', () => {
    assert.deepEqual(decideFor(createActive(1, 2, 3, 4)), { rule: 1, intent: 'OFFLINE' });
  });

  it('rule 2 beats a healthy control plane', () => {
    const state = createActive(2);
    state.cloud = { status: 'active', ingestActive: true };
    assert.deepEqual(decideFor(state), { rule: 2, intent: 'BRB' });
  });

  it('rule 3 says BRB for a session in grace and for inactive ingest', () => {
    const inGrace = createActive(4);
    inGrace.cloud = { status: 'grace' };
    const unfed = createActive(4);
    unfed.cloud = { status: 'active', ingestActive: false };
    for (const state of [inGrace, unfed]) assert.deepEqual(decideFor(state), { rule: 3, intent: 'BRB' });
  });

  it('rule 3 says nothing when the control plane is unreachable: our outage ends no stream', () => {
    const state = createActive(4);
    state.cloud = { status: 'unreachable' };
    assert.deepEqual(decideFor(state), { rule: 4, intent: 'LIVE' });
  });

  it('rules 2 to 4 say nothing in STUDIO', () => {
    const state = createActive(2, 3, 4);
    Object.assign(state, { mode: 'STUDIO', prior: 'STUDIO' });
    assert.deepEqual(decideFor(state), { rule: 5, intent: 'HOLD' });
  });

  it('rule 3 speaks in IRL_CONNECTING for a session in grace only; no session yet is no reason', () => {
    const state = createActive(2, 4);
    Object.assign(state, { mode: 'IRL_CONNECTING', prior: 'IRL_CONNECTING' });
    assert.deepEqual(decideFor(state), { rule: 5, intent: 'HOLD' });
    state.cloud = { status: 'grace' };
    assert.deepEqual(decideFor(state), { rule: 3, intent: 'BRB' });
  });

  it('rule 4 says nothing in IRL_GRACE', () => {
    const state = createActive(4);
    Object.assign(state, { mode: 'IRL_GRACE', prior: 'IRL_GRACE' });
    assert.deepEqual(decideFor(state), { rule: 5, intent: 'HOLD' });
  });

  for (const mode of ['DEGRADED', 'FATAL'] as const) {
    it(`a command is blocked in ${mode}, and lower rules decide`, () => {
      const state = createActive(1);
      state.mode = mode;
      assert.equal(decideFor(state).rule, 5);
    });
  }

  it('a mod does not leave a privacy scene by command, an admin does', () => {
    const state = createActive(1);
    state.override = { by: 'manual', scene: 'Privacy', since: 0, privacy: true };
    assert.equal(decideFor(state).rule, 5);
    state.command = { intent: 'OFFLINE', role: 'admin' };
    assert.equal(decideFor(state).rule, 1);
  });

  it('a decision changes nothing of what it looks at', () => {
    const state = createActive(1, 2, 3, 4);
    const before = structuredClone(state);
    decide(state, state, CONFIG);
    assert.deepEqual(state, before);
  });
});
