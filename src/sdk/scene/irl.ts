import { mayActivate } from './commands.ts';
import { type Desk, notify, reject, report } from './desk.ts';
import type { SceneFact } from './inputs.ts';
import { getWorkingMode } from './state.ts';

type Fact<Type extends SceneFact['type']> = Extract<SceneFact, { type: Type }>;

/** Somebody wants IRL on. */
export function takeActivation(desk: Desk, { role, via }: Fact<'irl_activate'>): void {
  const { state } = desk;
  const { requested, accepted } = state.irl;
  if (!mayActivate(role)) {
    reject(desk, 'role', 'irl_activate');
    return;
  }
  if (state.mode !== 'STUDIO' || requested || accepted) {
    reject(desk, 'mode', 'irl_activate');
    return;
  }
  if (state.cloud.status === 'unreachable') {
    reject(desk, 'backend_unreachable', 'irl_activate');
    notify(desk, 'backend_unreachable', 'IRL cannot be started: the control plane is unreachable.');
    return;
  }
  state.irl.requested = true;
  report(desk, { type: 'irl_requested', via });
}

/** The control plane answered a start. */
export function takeStartResult(desk: Desk, { accepted, reason = 'unknown' }: Fact<'irl_start_result'>): void {
  const { state } = desk;
  const connecting = getWorkingMode(state) === 'IRL_CONNECTING';
  if (!state.irl.requested && (accepted || !connecting)) {
    reject(desk, 'mode', 'irl_start_result');
    return;
  }
  state.irl.requested = false;
  if (accepted) {
    state.irl.accepted = true;
    return;
  }
  if (connecting) state.irl.denied = true;
  else state.irl.off = false;
  report(desk, { type: 'irl_denied', reason });
  notify(desk, 'irl_denied', `IRL was not started: ${reason}.`);
}

/** Somebody wants IRL off. */
export function takeDeactivation(desk: Desk, { role, via }: Fact<'irl_deactivate'>): void {
  const { state } = desk;
  if (!mayActivate(role)) {
    reject(desk, 'role', 'irl_deactivate');
    return;
  }
  const starting = state.irl.requested || state.irl.accepted;
  if (!starting && !getWorkingMode(state).startsWith('IRL')) {
    reject(desk, 'mode', 'irl_deactivate');
    return;
  }
  state.irl.off = true;
  report(desk, { type: 'irl_stop_requested', via });
}
