import assert from 'node:assert/strict';
import {
  type ModeState,
  nextMode,
  type SceneMode,
  type SceneTrigger,
  sceneMachine,
} from '../../../src/sdk/scene/machine.ts';

const STABLE = ['STUDIO', 'IRL_CONNECTING', 'IRL_ACTIVE', 'IRL_GRACE'] as const;

/** The table of modes, as it was decided: row, from, to, triggers. */
const ROWS: [string, SceneMode, SceneMode, SceneTrigger[]][] = [
  ['1', 'STUDIO', 'IRL_CONNECTING', ['START_ACCEPTED']],
  ['2', 'IRL_CONNECTING', 'IRL_ACTIVE', ['TELEMETRY_CONNECTED']],
  ['3', 'IRL_CONNECTING', 'STUDIO', ['DENIED', 'TIMED_OUT', 'CANCELLED', 'SESSION_STOPPED']],
  ['4', 'IRL_ACTIVE', 'IRL_GRACE', ['TELEMETRY_LOST', 'INGEST_INACTIVE']],
  ['5', 'IRL_GRACE', 'IRL_ACTIVE', ['SIGNAL_BACK']],
  ['6', 'IRL_GRACE', 'STUDIO', ['GRACE_EXPIRED', 'IRL_OFF', 'SESSION_STOPPED']],
  ['7', 'IRL_ACTIVE', 'STUDIO', ['STOP_ACKNOWLEDGED', 'SESSION_STOPPED']],
  ...STABLE.map((from) => ['8', from, 'DEGRADED', ['OBS_UNAVAILABLE', 'ERROR_STORM']] as (typeof ROWS)[number]),
  ...[...STABLE, 'DEGRADED' as const].map((from) => ['10', from, 'FATAL', ['FAULT']] as (typeof ROWS)[number]),
  ['reset', 'FATAL', 'STUDIO', ['RESET']],
];

const TRIGGERS = [
  ...new Set([...ROWS.flatMap(([, , , triggers]) => triggers), 'PROBE_PASSED' as const]),
] satisfies SceneTrigger[];

function at(mode: SceneMode): ModeState {
  return { mode, prior: STABLE.find((stable) => stable === mode) ?? 'STUDIO' };
}

describe('The table of scene modes', () => {
  for (const [row, from, to, triggers] of ROWS) {
    for (const trigger of triggers) {
      it(`row ${row}: ${trigger} moves ${from} to ${to}`, () => {
        assert.equal(nextMode(at(from), trigger)?.mode, to);
      });
    }
  }

  for (const prior of STABLE) {
    it(`row 9: DEGRADED returns to ${prior} if it came from there`, () => {
      const degraded = nextMode(at(prior), 'OBS_UNAVAILABLE');
      assert.deepEqual(degraded, { mode: 'DEGRADED', prior });
      assert.deepEqual(nextMode(degraded as ModeState, 'PROBE_PASSED'), { mode: prior, prior });
    });
  }

  it('allows no other move: every other trigger leaves every mode as it is', () => {
    const known = new Set(ROWS.flatMap(([, from, , triggers]) => triggers.map((trigger) => `${from} ${trigger}`)));
    known.add('DEGRADED PROBE_PASSED');
    const modes = Object.keys(sceneMachine.states) as SceneMode[];
    assert.equal(modes.length, 6);
    for (const mode of modes) {
      for (const trigger of TRIGGERS) {
        if (!known.has(`${mode} ${trigger}`)) assert.equal(nextMode(at(mode), trigger), null, `${mode} ${trigger}`);
      }
    }
  });

  it('has no trigger that this test does not know', () => {
    assert.deepEqual([...sceneMachine.events].sort(), [...TRIGGERS].sort());
  });
});
