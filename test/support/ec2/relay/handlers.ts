import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { Relay } from './relay.ts';

type Handler = (relay: Relay, request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const NewStream = z.object({
  publisher: z.string().min(1),
  player: z.string().min(1),
  description: z.string().default(''),
});

/** Port 5080, the statistics per link: `GET /stats`. No link is ever connected. */
export const answerStats: Handler = (_relay, request, response) => {
  if (request.method !== 'GET' || pathOf(request) !== '/stats') return fail(response, 404, 'not found');
  answer(response, 200, { groups: [] });
};

/** Port 8090, the SRT server: `/health`, `/stats/{player}` and the API for stream ids. */
export const answerSls: Handler = async (relay, request, response) => {
  const path = pathOf(request);
  if (path === '/api/stream-ids' || path.startsWith('/api/stream-ids/')) return answerApi(relay, request, response);
  if (request.method !== 'GET') return fail(response, 405, 'only GET');
  if (path === '/health') return answer(response, 200, { status: 'ok' });
  const player = lastPart(path, '/stats/');
  if (player === undefined) return fail(response, 404, 'not found');
  if (!relay.streams.has(player)) return fail(response, 404, 'player not found');
  answer(response, 200, { status: 'ok', publishers: {} });
};

const answerApi: Handler = async (relay, request, response) => {
  const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const { apiKey = key } = relay.settings;
  if (key === undefined || key !== apiKey) return fail(response, 401, 'unauthorized');
  const player = lastPart(pathOf(request), '/api/stream-ids/');
  if (request.method === 'GET' && player === undefined) {
    const streams = [...relay.streams.values()];
    return answer(response, 200, { status: 'success', data: streams });
  }
  if (request.method === 'POST' && player === undefined) return await addStream(relay, request, response);
  if (request.method !== 'DELETE' || player === undefined) return fail(response, 405, 'method not allowed');
  if (!relay.streams.delete(player)) return fail(response, 404, 'stream id not found');
  answer(response, 200, { status: 'success', message: 'stream id deleted' });
};

const addStream: Handler = async (relay, request, response) => {
  const stream = NewStream.safeParse(await json(request).catch(() => undefined));
  if (!stream.success) return fail(response, 400, 'publisher and player are required');
  if (relay.streams.has(stream.data.player)) return fail(response, 409, 'stream id already exists');
  relay.streams.set(stream.data.player, stream.data);
  answer(response, 201, { status: 'success', message: 'stream id created' });
};

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function lastPart(path: string, before: string): string | undefined {
  const rest = path.startsWith(before) ? path.slice(before.length) : '';
  return rest === '' || rest.includes('/') ? undefined : decodeURIComponent(rest);
}

function fail(response: ServerResponse, status: number, message: string): void {
  answer(response, status, { status: 'error', message });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
