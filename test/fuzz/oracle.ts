import { wireFaults } from '../support/answer-check.ts';
import type { FuzzRequest } from './request.ts';
import type { FuzzAnswer } from './send.ts';
import type { Judged } from './verdict.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Errors that may be said with a 5xx while nothing is broken. */
const GOOD_503 = ['capacity_unavailable', 'manifest_unavailable'];
/** What a request that isn't let in, or isn't HTTP, may be told before anyone looks at its operation. */
const AT_THE_DOOR = [400, 401, 408, 413, 431];
/** Operations that refuse with 400 what the schema alone cannot. */
const STRICTER_THAN_SCHEMA = ['startRelay', 'stopRelay', 'migrateRelay', 'createCheckout', 'listUsageSessions'];
/** Traces of our insides. */
const LEAK = /node_modules|\.ts:\d+|\n\s+at |select .* from |insert into |syntax error at or near/i;

/** What is wrong with an answer; undefined when nothing is. */
export function findFault(request: FuzzRequest, judged: Judged, answer: FuzzAnswer): string | undefined {
  return (
    statusFault(request, judged, answer) ?? envelopeFault(request, answer) ?? declarationFault(request, judged, answer)
  );
}

/** What is refused at the door is not yet an answer of its operation. */
function declarationFault({ wire }: FuzzRequest, { operation }: Judged, answer: FuzzAnswer): string | undefined {
  if (!operation || wire !== undefined) return undefined;
  const atTheDoor = !operation.statuses.includes(answer.status) && AT_THE_DOOR.includes(answer.status);
  if (atTheDoor) return undefined;
  const pairs = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const faults = wireFaults(operation.method, operation.path, { ...answer, headers: new Headers(pairs) });
  return faults.length === 0 ? undefined : `against the contract: ${faults.join('; ')}`;
}

function statusFault(request: FuzzRequest, judged: Judged, { status, text }: FuzzAnswer): string | undefined {
  const { operation, verdict, letIn } = judged;
  const code = codeOf(text);
  if (status >= 500 && !(status === 503 && GOOD_503.includes(code))) return `a ${status} (${code})`;
  if (request.wire !== undefined)
    return status >= 400 ? undefined : `a ${status} for what is no HTTP (${request.wire})`;
  if (!operation) return status >= 400 ? undefined : `a ${status} for no operation`;
  if (!letIn) return AT_THE_DOOR.includes(status) ? undefined : `a ${status} without good credentials`;
  if (code === 'https_required') return 'https_required, which no trusted proxy gave reason for';
  if (!operation.statuses.includes(status)) return `a ${status}, which ${operation.id} doesn't declare`;
  if (verdict === 'outside' && status < 400) return `a ${status} for a request outside of the contract`;
  const isRefused = status === 400 || status === 415;
  if (verdict === 'inside' && isRefused && !STRICTER_THAN_SCHEMA.includes(operation.id)) {
    return `a ${status} for a request inside of the contract`;
  }
  return undefined;
}

function envelopeFault({ method, headers }: FuzzRequest, answer: FuzzAnswer): string | undefined {
  const id = String(answer.headers['x-request-id'] ?? '');
  if (!UUID.test(id)) return 'no X-Request-ID';
  const given = headers.find(([name]) => name === 'X-Request-ID')?.[1] ?? '';
  if (UUID.test(given) && answer.status < 400 && given.toLowerCase() !== id.toLowerCase())
    return 'another X-Request-ID';
  if (LEAK.test(answer.text)) return 'something of our insides in the answer';
  if (answer.status < 400 || method === 'HEAD') return undefined;
  const { error } = (parse(answer.text) ?? {}) as { error?: Record<string, unknown> };
  if (typeof error !== 'object' || error === null) return 'an error without our envelope';
  if (error.request_id !== id) return 'a request_id that is not the X-Request-ID';
  const { code, message, details } = error;
  const isWhole = typeof code === 'string' && typeof message === 'string' && message !== '' && isObject(details);
  if (!isWhole) return 'an envelope that lacks something';
  if (answer.status === 400 && !(Array.isArray(details.errors) && details.errors.length > 0))
    return 'a 400 without faults';
  return undefined;
}

function codeOf(text: string): string {
  const { error } = (parse(text) ?? {}) as { error?: { code?: unknown } };
  return String(error?.code ?? 'no code');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
