import { assign, setup, transition } from 'xstate';

/** The modes between which everyday work moves; DEGRADED returns to the one that it came from. */
export type StableMode = 'STUDIO' | 'IRL_CONNECTING' | 'IRL_ACTIVE' | 'IRL_GRACE';

/** What the engine is doing. */
export type SceneMode = StableMode | 'DEGRADED' | 'FATAL';

/** Why a mode is left. */
export type SceneTrigger =
  | 'START_ACCEPTED'
  | 'TELEMETRY_CONNECTED'
  | 'DENIED'
  | 'TIMED_OUT'
  | 'CANCELLED'
  | 'SESSION_STOPPED'
  | 'TELEMETRY_LOST'
  | 'INGEST_INACTIVE'
  | 'SIGNAL_BACK'
  | 'GRACE_EXPIRED'
  | 'IRL_OFF'
  | 'STOP_ACKNOWLEDGED'
  | 'OBS_UNAVAILABLE'
  | 'ERROR_STORM'
  | 'PROBE_PASSED'
  | 'FAULT'
  | 'RESET';

const builder = setup({
  types: {
    context: {} as { prior: StableMode },
    events: {} as { type: SceneTrigger },
  },
  guards: {
    'was STUDIO': ({ context }) => context.prior === 'STUDIO',
    'was IRL_CONNECTING': ({ context }) => context.prior === 'IRL_CONNECTING',
    'was IRL_ACTIVE': ({ context }) => context.prior === 'IRL_ACTIVE',
    'was IRL_GRACE': ({ context }) => context.prior === 'IRL_GRACE',
  },
  actions: {
    remember: assign((_, { mode }: { mode: StableMode }) => ({ prior: mode })),
  },
});

const fault = { target: 'FATAL' } as const;
const remembered = (mode: StableMode) => ({ type: 'remember', params: { mode } }) as const;
const trouble = { OBS_UNAVAILABLE: 'DEGRADED', ERROR_STORM: 'DEGRADED', FAULT: fault } as const;

/** The table of modes. Nothing else moves the engine, except that a start may find a session that is running already. */
export const sceneMachine = builder.createMachine({
  id: 'scene',
  context: { prior: 'STUDIO' },
  initial: 'STUDIO',
  states: {
    STUDIO: {
      entry: remembered('STUDIO'),
      on: { START_ACCEPTED: 'IRL_CONNECTING', ...trouble },
    },
    IRL_CONNECTING: {
      entry: remembered('IRL_CONNECTING'),
      on: {
        TELEMETRY_CONNECTED: 'IRL_ACTIVE',
        DENIED: 'STUDIO',
        TIMED_OUT: 'STUDIO',
        CANCELLED: 'STUDIO',
        SESSION_STOPPED: 'STUDIO',
        ...trouble,
      },
    },
    IRL_ACTIVE: {
      entry: remembered('IRL_ACTIVE'),
      on: {
        TELEMETRY_LOST: 'IRL_GRACE',
        INGEST_INACTIVE: 'IRL_GRACE',
        STOP_ACKNOWLEDGED: 'STUDIO',
        SESSION_STOPPED: 'STUDIO',
        ...trouble,
      },
    },
    IRL_GRACE: {
      entry: remembered('IRL_GRACE'),
      on: {
        SIGNAL_BACK: 'IRL_ACTIVE',
        GRACE_EXPIRED: 'STUDIO',
        IRL_OFF: 'STUDIO',
        // The server counts a grace of its own: a session that it stopped has expired.
        SESSION_STOPPED: 'STUDIO',
        ...trouble,
      },
    },
    DEGRADED: {
      on: {
        PROBE_PASSED: [
          { guard: 'was STUDIO', target: 'STUDIO' },
          { guard: 'was IRL_CONNECTING', target: 'IRL_CONNECTING' },
          { guard: 'was IRL_ACTIVE', target: 'IRL_ACTIVE' },
          { guard: 'was IRL_GRACE', target: 'IRL_GRACE' },
        ],
        FAULT: fault,
      },
    },
    FATAL: { on: { RESET: 'STUDIO' } },
  },
});

/** Where the machine stands. `prior`: the stable mode that DEGRADED returns to; in a stable mode, that mode. */
export interface ModeState {
  mode: SceneMode;
  prior: StableMode;
}

/** Where a trigger leads; null: the table has no such move. Pure. */
export function nextMode({ mode, prior }: ModeState, trigger: SceneTrigger): ModeState | null {
  const before = sceneMachine.resolveState({ value: mode, context: { prior } });
  const [after] = transition(sceneMachine, before, { type: trigger });
  if (after.value === mode) return null;
  return { mode: after.value as SceneMode, prior: after.context.prior };
}
