/**
 * What calls come to instead of their answer:
 * - `throttled`: RequestLimitExceeded, HTTP 503; nothing is done
 * - `lost`: the action is carried out, then the connection is cut before the answer
 * - `hang`: nothing is done and nothing answered, until the client gives up
 * - `internal-error`: InternalError, HTTP 500; nothing is done
 * - `unauthorized`: UnauthorizedOperation, HTTP 403; nothing is done
 */
export type FaultKind = 'throttled' | 'lost' | 'hang' | 'internal-error' | 'unauthorized';

/** A fault and the calls that it may hit: those that all of its conditions fit. */
export interface Fault {
  kind: FaultKind;
  /** Which part of those calls it hits, from 0 to 1; default 1: all. */
  share?: number;
  /** Such as `RunInstances`; default: every action. */
  actions?: string[];
  region?: string;
  /** How many more calls it hits; default: any number. Counted down in this object. */
  count?: number;
}

/** The fault that this call runs into, if any: the first one that hits it. */
export function drawFault(
  faults: Fault[],
  call: { action: string; region: string },
  random: () => number,
): FaultKind | undefined {
  const hit = faults.find((fault) => {
    if (fault.count === 0) return false;
    if (fault.actions && !fault.actions.includes(call.action)) return false;
    if (fault.region !== undefined && fault.region !== call.region) return false;
    return fault.share === undefined || random() < fault.share;
  });
  if (hit?.count !== undefined) hit.count -= 1;
  return hit?.kind;
}
