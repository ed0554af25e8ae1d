import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PublisherStats, StatsGroup } from './link-feed.ts';

/** What the web faces of a stand-in show, asked at each request. */
export interface StandInView {
  /** True: `/stats` hangs up instead of answering. */
  isSilent(): boolean;
  groups(): StatsGroup[];
  /** The streams that this player may see; null for a player that isn't known. */
  publishers(player: string): Record<string, PublisherStats> | null;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The per-link statistics: `GET /stats`. */
export function createStatsHandler(view: StandInView): Handler {
  return (request, response) => {
    if (pathOf(request) !== '/stats') return refuse(response, 404, 'not found');
    if (request.method !== 'GET') return refuse(response, 405, 'only GET');
    if (view.isSilent()) return void request.socket.destroy();
    answer(response, 200, { groups: view.groups() });
  };
}

/** The face of the SRT server: `GET /health` and `GET /stats/{player}`, with or without `?legacy=1`. */
export function createSlsHandler(view: StandInView): Handler {
  return (request, response) => {
    const path = pathOf(request);
    const player = /^\/stats\/([^/]+)$/.exec(path)?.[1];
    if (path !== '/health' && player === undefined) return refuse(response, 404, 'not found');
    if (request.method !== 'GET') return refuse(response, 405, 'only GET');
    if (player === undefined) return answer(response, 200, { status: 'ok' });
    const publishers = view.publishers(player);
    if (publishers === null) return refuse(response, 404, 'player not found');
    answer(response, 200, { status: 'ok', publishers });
  };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function refuse(response: ServerResponse, status: number, message: string): void {
  answer(response, status, { status: 'error', message });
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const headers = {
    'Content-Type': 'application/json',
    'Access-Control-Allow-Origin': '*',
    'Cache-Control': 'no-store',
  };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
