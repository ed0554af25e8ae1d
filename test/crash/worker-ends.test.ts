import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start } from '../support/factories.ts';
import { refOf } from '../support/instances.ts';
import { exitWithin } from '../support/process.ts';
import { readSession, stop } from '../support/relay-calls.ts';
import { type Lab, openLab } from './lab.ts';
import { assertLegalHistory, assertNoInstance, assertOneInstance, waitForEnd } from './session-checks.ts';

/** A moment in a launch at which the worker ends, and what has to become of the launch. */
interface Case {
  name: string;
  /** SIGKILL unless said otherwise. */
  signal?: 'SIGKILL' | 'SIGTERM';
  /** Faults of the relays until the worker is gone. */
  hold: Parameters<Lab['api']['provider']['faults']['set']>[0];
  /** Doesn't throw once the moment has come. */
  arrived(lab: Lab, session: Session): Promise<void>;
  /** What happens while no worker is there. */
  meanwhile?(lab: Lab, session: Session): Promise<void>;
  /** The worker is stopped before the start, so that it cannot even fetch the job. */
  asleep?: boolean;
  end: 'active' | 'stopped';
}

interface Session {
  token: string;
  id: string;
}

/** A worker that is asked to end is gone within this time, in milliseconds. */
const EXIT_LIMIT_MS = 25_000;

const atStep = (step: string): Case['arrived'] => {
  return async (lab, { token, id }) => assert.equal((await readSession(lab.api, token, id)).provision_step, step);
};
const launched = async ({ api }: Lab, id: string): Promise<string> => {
  const row = await api.database('relay_instances').where({ session_id: id, state: 'running' }).first();
  assert.notEqual(row, undefined, 'nothing is launched yet');
  return row.instance_id;
};

const answerIsLost = async ({ api, deployment }: Lab, { id }: Session): Promise<void> => {
  assert.equal((await api.provider.list(deployment)).length, 1);
  const rows = await api.database('relay_instances').where({ session_id: id });
  assert.deepEqual(
    rows.map((row) => [row.state, row.instance_id]),
    [['requested', null]],
  );
};
const wishForStop = async ({ api }: Lab, { token, id }: Session): Promise<void> => {
  assert.equal((await stop(api, token, { session_id: id })).status, 202);
};

const CASES: Case[] = [
  {
    name: 'before it fetched the job',
    hold: {},
    asleep: true,
    arrived: async () => {},
    end: 'active',
  },
  {
    name: 'when the provider had made the instance, before its answer came',
    hold: { hold_provision_answer: true },
    arrived: answerIsLost,
    end: 'active',
  },
  {
    name: 'when the instance was known, at the launch',
    hold: { hold_step: 'launching_instance' },
    arrived: async (lab, { id }) => void (await launched(lab, id)),
    end: 'active',
  },
  ...(['waiting_for_instance', 'starting_docker', 'starting_containers', 'creating_stream'] as const).map(
    (step): Case => ({ name: `at ${step}`, hold: { hold_step: step }, arrived: atStep(step), end: 'active' }),
  ),
  {
    name: 'when the session had just become active',
    hold: {},
    arrived: atStep('ready'),
    end: 'active',
  },
  {
    name: 'and a stop was wished for while it was dead',
    hold: { hold_step: 'starting_docker' },
    arrived: atStep('starting_docker'),
    meanwhile: wishForStop,
    end: 'stopped',
  },
  {
    name: 'and the instance vanished while it was dead',
    hold: { hold_step: 'starting_docker' },
    arrived: atStep('starting_docker'),
    meanwhile: async (lab, { id }) => {
      await lab.api.provider.deprovision(refOf(await launched(lab, id)));
    },
    end: 'active',
  },
  {
    name: 'and its answer was lost, and a stop was wished for while it was dead',
    hold: { hold_provision_answer: true },
    arrived: answerIsLost,
    meanwhile: wishForStop,
    end: 'stopped',
  },
  {
    name: 'between two steps',
    signal: 'SIGTERM',
    hold: { hold_step: 'starting_containers' },
    arrived: atStep('starting_containers'),
    end: 'active',
  },
  {
    name: 'while the provider is at it',
    signal: 'SIGTERM',
    hold: { hold_provision_answer: true },
    arrived: answerIsLost,
    end: 'active',
  },
];

describe('A worker process that ends in the middle of a launch', function () {
  this.timeout(150_000);
  const outcomes = new Map<Case, { error?: unknown }>();

  // Side by side, because the queue gives a dead worker's job to the next one only after ten seconds.
  before(async () => {
    await Promise.all(
      CASES.map((one) =>
        endAndRestart(one).then(
          () => outcomes.set(one, {}),
          (error) => outcomes.set(one, { error }),
        ),
      ),
    );
  });

  for (const one of CASES) {
    const ended = one.signal === 'SIGTERM' ? 'asked to end (SIGTERM, exit code 0)' : 'killed (SIGKILL)';
    const promise =
      one.end === 'active' ? 'an active session with one instance' : 'an ended session without an instance';
    it(`${ended} ${one.name}: the next worker makes it ${promise} within 60 s`, () => {
      const outcome = outcomes.get(one) as { error?: unknown };
      if (outcome.error) throw outcome.error;
    });
  }
});

async function endAndRestart({ signal = 'SIGKILL', hold, arrived, meanwhile, asleep, end }: Case): Promise<void> {
  const lab = await openLab();
  const instanceIds = async () => (await lab.api.provider.list(lab.deployment)).map(({ instanceId }) => instanceId);
  try {
    const { token } = await signInNewUser(lab.api);
    await lab.api.provider.faults.set(hold);
    const worker = await lab.start('worker');
    if (asleep) worker.kill('SIGSTOP');
    const started = await start(lab.api, token);
    assert.equal(started.status, 201, started.text);
    const session = { token, id: started.body.session.session_id };
    await eventually(() => arrived(lab, session), { timeoutMs: 30_000 });
    worker.kill(signal);
    const exit = signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null };
    assert.deepEqual(await exitWithin(worker, EXIT_LIMIT_MS), exit, worker.output());
    const present = await instanceIds();
    await meanwhile?.(lab, session);
    await lab.api.provider.faults.reset();

    await lab.start('worker');
    assert.equal(await waitForEnd(lab, token, session.id), end);
    if (end === 'active') {
      await assertOneInstance(lab, session.id);
      if (present.length > 0 && !meanwhile) assert.deepEqual(await instanceIds(), present, 'it was launched twice');
      assert.equal((await stop(lab.api, token, { session_id: session.id })).status, 200);
    }
    await assertNoInstance(lab, session.id);
    await assertLegalHistory(lab, session.id);
    assert.equal((await lab.api.database('relay_sessions')).length, 1);
  } finally {
    await lab.close();
  }
}
