import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { API_ROOT } from '../../src/http/contract-document.ts';

export interface LoadAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Callers that ask again and again, each over a connection of its own that is kept. */
export interface Load {
  answers: LoadAnswer[];
  /** Requests that were sent and got no whole answer: what happened to each. */
  dropped: string[];
  /** No more requests from here on. */
  stop(): void;
  /** Every caller has come to its end: by `stop`, or because nobody takes its connection any more. */
  ended: Promise<void>;
}

export interface Caller {
  /** Without trailing slash. */
  url: string;
  token: string;
}

/** What callers ask in turn, below `/api/v1`: reads, a write and a start. */
const REQUESTS: { method: string; path: string; body?: object }[] = [
  { method: 'GET', path: '/auth/session' },
  { method: 'GET', path: '/relay/active' },
  { method: 'PUT', path: '/user/stream-slots/1/label', body: { label: 'Backpack' } },
  { method: 'GET', path: '/usage/current' },
  { method: 'POST', path: '/relay/start', body: {} },
];

export function startLoad(callers: readonly Caller[]): Load {
  const answers: LoadAnswer[] = [];
  const dropped: string[] = [];
  let stopped = false;

  const run = async ({ url, token }: Caller): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const key = randomUUID();
    try {
      for (let turn = 0; !stopped; turn += 1) {
        const { method, path, body } = REQUESTS[turn % REQUESTS.length] as (typeof REQUESTS)[number];
        const headers = {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/json',
          'Idempotency-Key': key,
        };
        answers.push(await ask(new URL(`${API_ROOT}${path}`, url), { agent, method, headers }, body));
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ECONNREFUSED') dropped.push(`${code}: ${message}`);
    } finally {
      agent.destroy();
    }
  };

  const ended = Promise.all(callers.map(run)).then(() => {});
  return {
    answers,
    dropped,
    ended,
    stop() {
      stopped = true;
    },
  };
}

function ask(url: URL, options: RequestOptions, body: object | undefined): Promise<LoadAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, options, (answer) => {
      const { statusCode = 0, headers } = answer;
      text(answer).then((told) => resolve({ status: statusCode, headers, text: told }), reject);
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}
