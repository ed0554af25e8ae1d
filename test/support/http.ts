import { API_ROOT } from '../../src/http/contract-document.ts';

export interface RequestOptions {
  /** An object goes out as JSON, text as it is. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  body: any;
  text: string;
}

/** A server to call; one of ours holds each of its answers to the contract. */
export interface Callee {
  url: string;
  /** Waits until it knows of what tests have written to its database by themselves. */
  catchUp?: () => Promise<void>;
  /** @throws Error when the answer must not be. */
  checkAnswer?: (method: string, path: string, answer: Answer) => void;
}

/** One request to an operation, by its path below `/api/v1`, over real HTTP. */
export async function call(app: Callee, method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const { body, token, headers = {}, signal } = options;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await app.catchUp?.();
  const response = await fetch(`${app.url}${API_ROOT}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: text as string }),
    ...(signal ? { signal } : {}),
  });
  const content = await response.text();
  const answer = { status: response.status, headers: response.headers, body: parse(content), text: content };
  app.checkAnswer?.(method, path, answer);
  return answer;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
