import fc from 'fast-check';
import type { SceneFact } from '../../../src/sdk/scene/inputs.ts';

const via = fc.constantFrom('ui' as const, 'chat' as const);
const role = fc.constantFrom('user', 'admin', 'mod', 'viewer');
const cloud = {
  status: fc.constantFrom(
    ...(['active', 'active', 'active', 'grace', 'provisioning', 'stopped', 'none', 'unreachable'] as const),
  ),
  ingestActive: fc.constantFrom(true, true, false, null),
};

/** Times between two inputs, in milliseconds: mostly a poll's, now and then a long one, or a step back. */
export const passing = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(0, 100, 250, 500) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -5_000, max: 0 }) },
);

/** Anything that an engine may be told, in any order; more of what comes often. */
export const someFact: fc.Arbitrary<SceneFact> = fc.oneof(
  { weight: 40, arbitrary: fc.constant({ type: 'tick' as const }) },
  { weight: 15, arbitrary: fresh(fc.constant(4_000)) },
  { weight: 5, arbitrary: fresh(fc.constant(0)) },
  { weight: 2, arbitrary: fresh(fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY)) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('telemetry' as const), state: fc.constantFrom('stale', 'absent') }),
  },
  { weight: 12, arbitrary: fc.record({ type: fc.constant('cloud' as const), ...cloud }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('startup' as const), ...cloud }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('irl_activate' as const), via, role }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('irl_start_result' as const),
      accepted: fc.constantFrom(true, true, false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('irl_deactivate' as const), via, role }) },
  { weight: 1, arbitrary: fc.constant({ type: 'irl_stop_acknowledged' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('command' as const),
      text: fc.constantFrom('!live', '!brb', '!offline', '!switch Chat', '!switch Privacy', 'hello'),
      role,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('obs_scene' as const),
      scene: fc.constantFrom('Live', 'BRB', 'Offline', 'Chat', 'Privacy'),
      reason: fc.constantFrom('changed' as const, 'changed' as const, 'initial' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'obs_availability' as const, available: false }) },
  { weight: 4, arbitrary: fc.constant({ type: 'obs_availability' as const, available: true }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('validation_probe' as const), passed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ type: 'protocol_error' as const }) },
  {
    weight: 1,
    arbitrary: fc.constant({ type: 'fault' as const, kind: 'runtime' as const, message: 'broken' }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'operator_reset' as const }) },
  { weight: 2, arbitrary: fc.constant({ type: 'release_override' as const }) },
) as fc.Arbitrary<SceneFact>;

function fresh(bitrateKbps: fc.Arbitrary<number>) {
  return fc.record({ type: fc.constant('telemetry' as const), state: fc.constant('fresh' as const), bitrateKbps });
}
