import { type Desk, notify, report } from './desk.ts';
import type { ReconnectOutcome } from './events.ts';
import { isTelemetryFresh } from './evidence.ts';
import type { SceneCloud } from './inputs.ts';
import type { StableMode } from './machine.ts';
import { getWorkingMode } from './state.ts';

/**
 * Goes on with a session that is running already, before anything new is begun. This puts the machine where it would be
 * rather than moving it, so that it is told as a reconnect and not as a transition.
 */
export function takeStartup(desk: Desk, cloud: SceneCloud, graceSince?: number): void {
  const { state } = desk;
  const before = state.cloud.status;
  state.cloud = cloud;
  if (cloud.status === 'unreachable') {
    // Each look tells it again.
    if (before === 'unreachable') return;
    report(desk, { type: 'reconnect', outcome: 'backend_unreachable' });
    notify(desk, 'backend_unreachable', 'The control plane is unreachable; a running relay goes on.');
    return;
  }
  const busy = state.irl.requested || state.irl.accepted || getWorkingMode(state) !== 'STUDIO';
  if (state.reconnected || busy) return;
  state.reconnected = true;
  const outcome = findOutcome(desk, cloud, graceSince ?? state.at);
  report(desk, { type: 'reconnect', outcome });
  if (outcome === 'restored_connecting') {
    state.connectingSince = state.at;
    restore(desk, 'IRL_CONNECTING');
  } else if (outcome === 'restored_active') {
    state.fed = state.telemetry.healthyPolls > 0 || cloud.ingestActive === true;
    restore(desk, 'IRL_ACTIVE');
  } else if (outcome === 'restored_grace') {
    state.fed = true;
    restore(desk, 'IRL_GRACE');
    startGrace(desk, graceSince ?? state.at);
  }
}

/** Starts the clock of a grace. */
export function startGrace(desk: Desk, since: number): void {
  const { state, config, counters } = desk;
  state.graceEndsAt = since + config.graceMs;
  counters.add('grace_entries_total');
  report(desk, { type: 'grace_started', endsAt: state.graceEndsAt });
}

function findOutcome({ state, config }: Desk, { status }: SceneCloud, graceSince: number): ReconnectOutcome {
  if (status === 'provisioning') return 'restored_connecting';
  if (status !== 'active' && status !== 'grace') return 'nothing_to_restore';
  if (isTelemetryFresh(state, config)) return 'restored_active';
  return state.at < graceSince + config.graceMs ? 'restored_grace' : 'window_over';
}

function restore({ state }: Desk, mode: StableMode): void {
  state.prior = mode;
  // Without OBS the mode is the one to return to.
  if (state.mode !== 'DEGRADED') state.mode = mode;
}
