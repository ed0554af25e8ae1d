import type { ProvisionStep } from '../../session.ts';
import type { InstanceDescription, RelayAddress } from '../provider.ts';

/** `assigned`: it comes up; `serving`: its stream ids are there; `releasing`: it has ended, its host is to be told. */
export type AssignmentState = 'assigned' | 'serving' | 'releasing' | 'released';

/** A place of a host that a session has: what an instance is elsewhere. */
export interface Assignment {
  instanceId: string;
  token: string;
  /** Null: it is released, and the host was removed since. */
  host: { id: string; name: string; address: RelayAddress } | null;
  region: string;
  sessionId: string;
  deployment: string;
  streamToken: string;
  state: AssignmentState;
  step: ProvisionStep;
  createdAt: Date;
  updatedAt: Date;
}

/** An assignment in the words of all providers. One that is being released is over; only its host doesn't know yet. */
export function toDescription(assignment: Assignment): InstanceDescription {
  const { instanceId, token, sessionId, region, state, step, host } = assignment;
  const common = { instanceId, token, sessionId, region, step };
  if (state === 'releasing' || state === 'released' || !host) return { ...common, state: 'terminated' };
  return { ...common, state: 'running', address: host.address };
}
