import type { Fault } from '../vendor-server/faults.ts';
import type { VendorAnswer, VendorCall } from '../vendor-server/server.ts';
import type { StreamId, StreamIdStore } from './stream-ids.ts';

/**
 * The HTTP API of the SRT server, as far as a pool of hosts is run by it.
 * Source: https://github.com/OpenIRL/srt-live-server/blob/main/API.md.
 */
export function createSlsApi(apiKey: string, streams: StreamIdStore): (call: VendorCall) => VendorAnswer {
  function create({ body }: VendorCall): VendorAnswer {
    // As there: text that isn't JSON and JSON that doesn't fit are told apart.
    if (typeof body !== 'object') return refuse(400, 'Invalid JSON body');
    const stream = readStreamId(body);
    if (!stream) return refuse(400, 'Missing or invalid required fields: publisher, player');
    if (streams.add(stream)) return done('Stream ID added successfully');
    return refuse(409, `Stream ID with player '${stream.player}' already exists`);
  }

  function stats(player: string): VendorAnswer {
    if (!streams.has(player)) return refuse(404, 'Invalid player key');
    // Nobody ever feeds this host.
    const message = 'Publisher is currently not streaming';
    return { status: 200, body: { status: 'ok', publishers: {}, message } };
  }

  function checkKey(authorization = ''): VendorAnswer | undefined {
    if (!authorization.startsWith('Bearer ')) return refuse(401, 'Missing or invalid Authorization header');
    return authorization === `Bearer ${apiKey}` ? undefined : refuse(401, 'Invalid API key');
  }

  return (call) => {
    const { method, path, headers } = call;
    const [, route = path, player = ''] = /^(\/stats|\/api\/stream-ids)\/([^/]+)$/.exec(path) ?? [];
    switch (`${method} ${route}${player && '/:player'}`) {
      case 'GET /health':
        return { status: 200, body: { status: 'ok', service: 'srt-live-server', version: '1.6.0' } };
      case 'GET /stats/:player':
        return stats(decodeURIComponent(player));
      case 'GET /api/stream-ids':
        return checkKey(headers.authorization) ?? { status: 200, body: { status: 'success', data: show(streams) } };
      case 'POST /api/stream-ids':
        return checkKey(headers.authorization) ?? create(call);
      case 'DELETE /api/stream-ids/:player': {
        const refused = checkKey(headers.authorization);
        if (refused) return refused;
        const removed = streams.remove(decodeURIComponent(player));
        return removed ? done('Stream ID deleted successfully') : refuse(404, 'Stream ID not found');
      }
      default:
        return refuse(404, 'Not found');
    }
  };
}

/** How the server words a fault; with 429 it doesn't say when to come back. */
export function refuseAsSls({ kind, status = 500 }: Fault): VendorAnswer {
  return kind === 'throttled' ? refuse(429, 'Rate limit exceeded') : refuse(status, 'Internal error');
}

/** The per-link statistics, which another program on the host serves: nothing is ever linked. */
export function serveLinkStats({ method, path }: VendorCall): VendorAnswer {
  return method === 'GET' && path === '/stats' ? { status: 200, body: { groups: [] } } : refuse(404, 'Not found');
}

function readStreamId(body: object | null): StreamId | undefined {
  const { publisher, player, description = '' } = (body ?? {}) as Partial<Record<keyof StreamId, unknown>>;
  if (typeof publisher !== 'string' || typeof player !== 'string' || typeof description !== 'string') return undefined;
  return { publisher, player, description };
}

/** An empty description isn't shown. */
function show(streams: StreamIdStore): Partial<StreamId>[] {
  return streams.list().map(({ description, ...keys }) => (description === '' ? keys : { ...keys, description }));
}

function done(message: string): VendorAnswer {
  return { status: 200, body: { status: 'success', message } };
}

function refuse(status: number, message: string): VendorAnswer {
  return { status, body: { status: 'error', message } };
}
