/**
 * What calls come to instead of their answer:
 * - `down`: the connection is cut at once; nothing is done
 * - `hang`: nothing is done and nothing answered, until the client gives up
 * - `slow`: done and answered as usual, but only after `delayMs`, even for a client that has given up by then
 * - `error`: answered with `status`; nothing is done
 * - `throttled`: answered with 429; nothing is done
 * - `lost`: done, then the connection is cut before the answer
 */
export type FaultKind = 'down' | 'hang' | 'slow' | 'error' | 'throttled' | 'lost';

/** A fault and the calls that it may hit: those that all of its conditions fit. */
export interface Fault {
  kind: FaultKind;
  /** Which part of those calls it hits, from 0 to 1; default 1: all. */
  share?: number;
  /** How many more calls it hits; default: any number. Counted down in this object. */
  count?: number;
  /** Such as `POST`; default: every method. */
  methods?: string[];
  /** Tried on the path, without the query; default: every path. */
  path?: RegExp;
  /** Of `error`; default 500. */
  status?: number;
  /** Of `slow`; default 0. */
  delayMs?: number;
  /** Of `throttled`: value of `Retry-After`, where the vendor sends one; default 60. */
  retryAfterSeconds?: number;
}

/**
 * The fault that this call runs into, if any: the first one that hits it.
 *
 * @param random numbers from 0 up to 1, asked only for faults with a share.
 */
export function drawFault(
  faults: Fault[],
  call: { method: string; path: string },
  random: () => number,
): Fault | undefined {
  const hit = faults.find((fault) => {
    if (fault.count === 0) return false;
    if (fault.methods && !fault.methods.includes(call.method)) return false;
    if (fault.path && !fault.path.test(call.path)) return false;
    return fault.share === undefined || random() < fault.share;
  });
  if (hit?.count !== undefined) hit.count -= 1;
  return hit;
}
