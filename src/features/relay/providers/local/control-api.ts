import { z } from 'zod';
import { type Answer, BadCallError, type Call } from './control-http.ts';
import type { FaultStore } from './fault-store.ts';
import { InvalidFaultsError, listInputFaults, parseFaultsChange } from './faults.ts';
import { type Instances, standInRequest } from './instances.ts';

/** A hundred years; much further there are no dates. */
const FARTHEST_MS = 100 * 365 * 86_400_000;

const clockChange = z.strictObject({ offset_ms: z.int().min(-FARTHEST_MS).max(FARTHEST_MS) });

/**
 * The control API of a relay host:
 *
 * | call | answer |
 * |---|---|
 * | POST /instances, a StandInRequest | 201 made or 200 found, the instance; 409 no capacity; 422 rejected |
 * | GET /instances?deployment=NAME | 200, the instances that aren't terminated |
 * | GET /instances/ID | 200, the instance; 404 |
 * | DELETE /instances/ID | 204, always |
 * | GET /faults, PUT /faults (merged; null clears one), DELETE /faults | 200, the faults now in effect |
 * | PUT /clock, `{"offset_ms": N}`: the time that the relays report by, ahead of real time by so much | 204 |
 * | POST /shutdown | 202, and the host ends |
 */
export function createControlApi(options: {
  instances: Instances;
  faults: FaultStore;
  /** Sets how far the relays' clock is ahead of real time. */
  setClockOffset: (ms: number) => void;
  /** Called after the answer to a shutdown is on its way. */
  shutDown: () => void;
}): (call: Call) => Promise<Answer> {
  const { instances, faults } = options;

  async function provision(call: Call): Promise<Answer> {
    const parsed = standInRequest.safeParse(await call.json());
    if (!parsed.success) throw new BadCallError(400, 'not a provision request', listInputFaults(parsed.error));
    if (faults.get().fail_provision) {
      return { status: 500, body: { code: 'provision_failed', message: 'failed by the fault fail_provision' } };
    }
    const outcome = instances.provision(parsed.data);
    if (outcome.is === 'no_capacity') {
      return { status: 409, body: { code: 'capacity_unavailable', message: outcome.message } };
    }
    if (outcome.is === 'rejected') return { status: 422, body: { code: 'rejected', message: outcome.message } };
    await faults.until(({ hold_provision_answer }) => !hold_provision_answer, call.signal);
    const instance = instances.describe(outcome.instance.instanceId) ?? outcome.instance;
    return { status: outcome.is === 'made' ? 201 : 200, body: instance };
  }

  function describe(id: string): Answer {
    const instance = instances.describe(id);
    if (instance) return { status: 200, body: instance };
    return { status: 404, body: { code: 'instance_not_found', message: `no instance ${id}` } };
  }

  async function changeFaults(call: Call): Promise<Answer> {
    try {
      faults.change(parseFaultsChange(await call.json()));
    } catch (error) {
      if (error instanceof InvalidFaultsError) throw new BadCallError(400, error.message, error.errors);
      throw error;
    }
    return { status: 200, body: faults.get() };
  }

  async function moveClock(call: Call): Promise<Answer> {
    const parsed = clockChange.safeParse(await call.json());
    if (!parsed.success) throw new BadCallError(400, 'not a change of the clock', listInputFaults(parsed.error));
    options.setClockOffset(parsed.data.offset_ms);
    return { status: 204 };
  }

  return async (call) => {
    const id = /^\/instances\/([^/]+)$/.exec(call.path)?.[1];
    switch (`${call.method} ${id === undefined ? call.path : '/instances/:id'}`) {
      case 'POST /instances':
        return await provision(call);
      case 'GET /instances':
        return { status: 200, body: instances.list(call.query.get('deployment') ?? undefined) };
      case 'GET /instances/:id':
        return describe(id ?? '');
      case 'DELETE /instances/:id':
        await instances.terminate(id ?? '');
        return { status: 204 };
      case 'GET /faults':
        return { status: 200, body: faults.get() };
      case 'PUT /faults':
        return await changeFaults(call);
      case 'DELETE /faults':
        faults.reset();
        return { status: 200, body: faults.get() };
      case 'PUT /clock':
        return await moveClock(call);
      case 'POST /shutdown':
        setImmediate(options.shutDown);
        return { status: 202 };
      default:
        return { status: 404, body: { code: 'not_found', message: 'no such call' } };
    }
  };
}
