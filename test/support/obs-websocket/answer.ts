import { isObject, type JsonObject, Refusal, STATUS } from './protocol.ts';
import { requestHandlers } from './requests/index.ts';
import type { RequestContext } from './requests/request.ts';

/** A request that came in, whatever it came to. */
export interface RecordedRequest {
  type: string;
  data: unknown;
}

/** What goes wrong. Tests may change it at any time. */
export interface Faults {
  /** Request types that are refused, with the status code and comment. */
  refuse: Record<string, { code: number; comment?: string }>;
  /** What requests of a type answer with instead of what they should, having done it. */
  answer: Record<string, unknown>;
  /** Request types at which the connection is cut: `before` it is done, or behind it, `after`, unanswered. */
  drop: Record<string, 'before' | 'after'>;
  /** Called with each request, before it is done; it is held until the promise resolves. */
  hold: ((request: RecordedRequest) => Promise<void> | undefined) | undefined;
}

/** Does one request, and describes what came of it as the protocol does. */
export function answerRequest(request: JsonObject, faults: Faults, context: RequestContext): JsonObject {
  const requestType = typeof request.requestType === 'string' ? request.requestType : '';
  const common = request.requestId === undefined ? { requestType } : { requestType, requestId: request.requestId };
  try {
    const responseData = perform(requestType, request.requestData, faults, context);
    const requestStatus = { result: true, code: STATUS.success };
    return responseData === undefined ? { ...common, requestStatus } : { ...common, requestStatus, responseData };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...common, requestStatus: { result: false, code: error.code, comment: error.message } };
  }
}

/** Does several, in their order; only serial execution is there. */
export function answerBatch(batch: JsonObject, faults: Faults, context: RequestContext): JsonObject {
  const results: JsonObject[] = [];
  for (const request of batch.requests as unknown[]) {
    const result = answerRequest(isObject(request) ? request : {}, faults, context);
    results.push(result);
    if (batch.haltOnFailure === true && !(result.requestStatus as JsonObject).result) break;
  }
  return { requestId: batch.requestId, results };
}

function perform(type: string, data: unknown, faults: Faults, context: RequestContext): unknown {
  if (type === '') throw new Refusal(STATUS.missingRequestType, 'requestType is empty.');
  const handler = Object.hasOwn(requestHandlers, type) ? requestHandlers[type] : undefined;
  if (!handler) throw new Refusal(STATUS.unknownRequestType, 'There is no such request.');
  const refusal = faults.refuse[type];
  if (refusal) throw new Refusal(refusal.code, refusal.comment ?? 'Refused by the test.');
  const answer = handler(data, context);
  return Object.hasOwn(faults.answer, type) ? faults.answer[type] : answer;
}
