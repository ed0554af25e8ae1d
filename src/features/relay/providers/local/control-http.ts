import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { InputFault } from './faults.ts';

/** What the control API answers; without a body, nothing but the status. */
export interface Answer {
  status: number;
  body?: unknown;
}

/** A request that passed the door. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Aborts when the caller is gone. */
  signal: AbortSignal;
  /**
   * The body, read as JSON.
   *
   * @throws BadCallError when it isn't JSON (400) or too long (413).
   */
  json(): Promise<unknown>;
}

/** The caller's mistake, with the status that tells him. */
export class BadCallError extends Error {
  override name = 'BadCallError';
  readonly status: number;
  readonly errors: InputFault[] | undefined;

  constructor(status: number, message: string, errors?: InputFault[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

const MAX_BODY_BYTES = 64 * 1024;

/** Lets requests with the bearer `token` through to `handle`; the others get 401. `onFault` hears of a handler's errors. */
export function createControlListener(options: {
  token: string;
  handle: (call: Call) => Promise<Answer>;
  onFault: (error: unknown) => void;
}): RequestListener {
  const wanted = digest(`Bearer ${options.token}`);

  async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)) {
      return { status: 401, body: { code: 'unauthorized', message: 'wrong or missing bearer token' } };
    }
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const [path = '', query] = (request.url ?? '/').split('?', 2);
    try {
      return await options.handle({
        method: request.method ?? 'GET',
        path,
        query: new URLSearchParams(query),
        signal: gone.signal,
        json: () => readJson(request),
      });
    } catch (error) {
      if (error instanceof BadCallError) {
        return { status: error.status, body: { code: 'bad_call', message: error.message, errors: error.errors } };
      }
      if (!gone.signal.aborted) options.onFault(error);
      return { status: 500, body: { code: 'internal_error', message: String(error) } };
    }
  }

  return async (request, response) => {
    const { status, body } = await answerTo(request, response);
    // Calls are few: no connection is kept, so that neither side has one to clean up.
    const headers = { 'Content-Type': 'application/json', Connection: 'close' };
    response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new BadCallError(413, `the body is longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new BadCallError(400, 'the body is not JSON');
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
