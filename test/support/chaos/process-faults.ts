import { type Fault, type FaultScene, pick } from './fault.ts';
import type { Part, PartRole } from './fleet.ts';

/** Farthest that a clock goes wrong, in seconds. */
const LONGEST_SKEW = 20;

const anyOf = ({ world, random }: FaultScene, role: PartRole): Part =>
  pick(role === 'api' ? world.fleet.apis() : world.fleet.workers(), random);

/** Kills one; it is started again by whoever looks after it. */
const kill =
  (role: PartRole): Fault['begin'] =>
  async (scene) => {
    const { fleet } = scene.world;
    await fleet.kill(anyOf(scene, role));
    return async () => void (await fleet.add(role));
  };

/** Ends one as a deploy does, and starts the next. */
const drain =
  (role: PartRole): Fault['begin'] =>
  async (scene) => {
    const { fleet } = scene.world;
    const drained = fleet.drain(anyOf(scene, role));
    // With a database that hangs it takes its time: whoever mends that must not wait for it.
    drained.catch(() => undefined);
    return async () => {
      await drained;
      await fleet.add(role);
    };
  };

/** One more works along, and is taken away again. */
const oneMore =
  (role: PartRole): Fault['begin'] =>
  async ({ world: { fleet }, watch }) => {
    const part = await fleet.add(role).catch((error) => {
      // Without its database it ends at its start, and whoever looks after it starts it again.
      if (!watch.databaseAway) throw error;
      return undefined;
    });
    return async () => fleet.drain(part ?? (await fleet.add(role)));
  };

const skew: Fault['begin'] = async (scene) => {
  const part = pick([...scene.world.fleet.apis(), ...scene.world.fleet.workers()], scene.random);
  const seconds = Math.round((scene.random() * 2 - 1) * LONGEST_SKEW);
  await moveClock(part, seconds);
  return async () => {
    // One that has ended took its clock along.
    if (!part.leaving) await moveClock(part, -seconds);
  };
};

async function moveClock({ server }: Part, advance_seconds: number): Promise<void> {
  const { status } = await fetch(`${server.adminUrl}/dev/clock`, {
    method: 'POST',
    body: JSON.stringify({ advance_seconds }),
  });
  // While the database is away the marks can't be written; the clock has moved all the same.
  if (status !== 200 && status !== 503) throw new Error(`The clock switch answered ${status}.`);
}

/** Of the processes of the service itself. */
export const PROCESS_FAULTS: readonly Fault[] = [
  { name: 'kill-api', group: 'api', what: 'SIGKILL to an API process', begin: kill('api') },
  { name: 'term-api', group: 'api', what: 'SIGTERM to an API process, which drains', begin: drain('api') },
  { name: 'third-api', group: 'api', what: 'a third API comes, and goes by SIGTERM', begin: oneMore('api') },
  { name: 'kill-worker', group: 'worker', what: 'SIGKILL to a worker', begin: kill('worker') },
  { name: 'term-worker', group: 'worker', what: 'SIGTERM to a worker', begin: drain('worker') },
  {
    name: 'third-worker',
    group: 'worker',
    what: 'a further worker comes, and goes by SIGTERM',
    begin: oneMore('worker'),
  },
  {
    name: 'kill-all',
    group: 'api',
    what: 'SIGKILL to every API process and a worker at once',
    async begin(scene) {
      const { fleet } = scene.world;
      const apis = [...fleet.apis()];
      await Promise.all([...apis, anyOf(scene, 'worker')].map((part) => fleet.kill(part)));
      return async () => void (await Promise.all([...apis.map(() => fleet.add('api')), fleet.add('worker')]));
    },
  },
  {
    name: 'clock-skew',
    group: 'other',
    what: `the clock of one process is off by up to ${LONGEST_SKEW} s`,
    begin: skew,
  },
];
