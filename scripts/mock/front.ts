import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { isDecodable } from '../../src/http/middleware/decodable-path.ts';
import type { FindAnswers, MockAnswer } from './answers.ts';
import {
  formatPreference,
  NoSuchAnswerError,
  type Preference,
  readPreference,
  settlePreference,
} from './preference.ts';

/** Longest time that Prism may take for an answer, in milliseconds. */
const ANSWER_LIMIT_MS = 10_000;
/** Readable, and no more what an operation takes than what it stands for. */
const WRONG_BODY = Buffer.from('[]');

/**
 * Stands before Prism, which knows one set of headers for each answer and says little of what there is to choose from:
 * gives each example the headers that go with it, and answers an unknown code or example with a list of the known ones.
 * What names another host goes nowhere: this is no proxy. A path that cannot be read would end Prism.
 *
 * @param prismUrl resolves once Prism listens.
 */
export function createFront(prismUrl: Promise<string>, findAnswers: FindAnswers): RequestListener {
  return async (incoming, outgoing) => {
    const target = incoming.url ?? '/';
    const [path = '/'] = target.split('?');
    if (!/^\/(?!\/)/.test(path) || !isDecodable(path)) {
      answerProblem(outgoing, 400, `${path} is no path of this mock. Those of the API begin with /api/v1.`);
      return;
    }
    try {
      const answers = findAnswers(incoming.method ?? 'GET', path) ?? [];
      const wanted = readPreference([incoming.headers.prefer].flat().join(','));
      const preference = answers.length === 0 ? wanted : settlePreference(wanted, answers);
      const body = readable(await buffer(incoming), incoming.headers['content-type']);
      pass(await prismUrl, incoming, body, outgoing, preference, answers);
    } catch (error) {
      if (error instanceof NoSuchAnswerError) answerProblem(outgoing, 400, error.message, { answers: error.answers });
      else answerProblem(outgoing, 502, `Prism cannot be reached: ${(error as Error).message}`);
    }
  };
}

/** Prism never answers to JSON that it cannot read. */
function readable(body: Buffer, contentType = ''): Buffer {
  if (body.length === 0 || !contentType.startsWith('application/json')) return body;
  try {
    JSON.parse(body.toString());
    return body;
  } catch {
    return WRONG_BODY;
  }
}

function pass(
  prismUrl: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  preference: Preference,
  answers: readonly MockAnswer[],
): void {
  const { prefer: _, 'transfer-encoding': __, ...headers } = incoming.headers;
  const prefer = formatPreference(preference);
  const upstream = request(prismUrl, {
    path: incoming.url,
    method: incoming.method,
    headers: {
      ...headers,
      ...(body.length === 0 ? {} : { 'content-length': body.length }),
      ...(prefer === undefined ? {} : { prefer }),
    },
    timeout: ANSWER_LIMIT_MS,
  });
  upstream.once('timeout', () => upstream.destroy(new Error(`nothing came within ${ANSWER_LIMIT_MS / 1000} s`)));
  upstream.once('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, withExampleHeaders(answer, preference, answers));
    answer.pipe(outgoing);
  });
  upstream.once('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy(error);
    else answerProblem(outgoing, 502, `Prism did not answer: ${error.message}`);
  });
  outgoing.once('close', () => upstream.destroy());
  upstream.end(body);
}

/** Prism may have answered otherwise than it was asked to, as to a call without credentials. */
function withExampleHeaders(
  { statusCode, headers }: IncomingMessage,
  { code, example }: Preference,
  answers: readonly MockAnswer[],
): Record<string, string | string[]> {
  const answer = answers.find(({ status }) => status === statusCode);
  const shown = code === statusCode && example !== undefined ? example : answer?.examples[0];
  const own = Object.entries(answer?.headers[shown ?? ''] ?? {});
  const kept = Object.entries(headers).filter(([name]) => !own.some(([other]) => other.toLowerCase() === name));
  const set = own.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)] as const]));
  return Object.fromEntries([...kept, ...set].filter(([, value]) => value !== undefined)) as Record<string, string>;
}

function answerProblem(outgoing: ServerResponse, status: number, detail: string, more: object = {}): void {
  const problem = { type: 'about:blank', title: 'The mock cannot answer so', status, detail, ...more };
  outgoing
    .writeHead(status, { 'Content-Type': 'application/problem+json' })
    .end(`${JSON.stringify(problem, null, 1)}\n`);
}
