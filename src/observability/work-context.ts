import { AsyncLocalStorage } from 'node:async_hooks';

/** For whom, and because of what, something is being done. */
export interface WorkContext {
  requestId?: string | undefined;
  userId?: string | undefined;
  sessionId?: string | undefined;
  /** Name of the job or of the repeated run. */
  job?: string | undefined;
  /** W3C `traceparent` of the span that is open. */
  traceparent?: string | undefined;
}

/** What a job is told of the work that asked for it. */
export type Origin = Pick<WorkContext, 'requestId' | 'traceparent'>;

/**
 * The one thing that isn't handed on as an argument: every line of a log and every job, however deep, is to name what
 * it belongs to, and nothing else may read it.
 */
const storage = new AsyncLocalStorage<() => WorkContext>();

/** Does work in a context; `read` is asked each time, so that what is learned meanwhile (the user) is told too. */
export function runInContext<T>(read: () => WorkContext, work: () => T): T {
  return storage.run(read, work);
}

/** The work in the context that is here now, wherever it is called: for what is done together with the work of others. */
export function inThisContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
  return AsyncLocalStorage.bind(work);
}

/** Where a job that is asked for now comes from; undefined outside of any request. */
export function currentOrigin(): Origin | undefined {
  const { requestId, traceparent } = storage.getStore()?.() ?? {};
  if (requestId === undefined && traceparent === undefined) return undefined;
  return { ...(requestId === undefined ? {} : { requestId }), ...(traceparent === undefined ? {} : { traceparent }) };
}

/** The context as fields of a line of the log. */
export function contextFields(): Record<string, string> {
  const context = storage.getStore()?.();
  if (!context) return {};
  const { requestId, userId, sessionId, job, traceparent } = context;
  const traceId = traceparent?.split('-')[1];
  const fields: Record<string, string> = {};
  if (requestId !== undefined) fields.request_id = requestId;
  if (traceId !== undefined) fields.trace_id = traceId;
  if (userId !== undefined) fields.user_id = userId;
  if (sessionId !== undefined) fields.session_id = sessionId;
  if (job !== undefined) fields.job = job;
  return fields;
}
