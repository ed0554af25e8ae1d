import autocannon from 'autocannon';
import { TEST_SECRETS } from '../../../test/support/test-app.ts';
import type { Stream } from './streams.ts';

/** What a stream asks for in a minute: its dock polls every 3 s, plugin and relay report every 30 s each. */
const POLLS = 20;
const HEARTBEATS = 2;
const RELAY_REPORTS = 2;
const ACCOUNTS = 1;

/** Requests of one stream in a minute. */
export const REQUESTS_A_MINUTE = POLLS + HEARTBEATS + RELAY_REPORTS + ACCOUNTS;

/** What became of a load. */
export interface Load {
  seconds: number;
  /** Answered well. */
  requests: number;
  /** The slowest server's, in milliseconds. */
  p99: number;
  /** All others. */
  otherAnswers: number;
}

/** Sends the mix of many streams to each server, as fast as they answer. @param connections over all servers. */
export async function sendMix(urls: string[], streams: Stream[], connections: number, seconds: number): Promise<Load> {
  const results = await Promise.all(
    urls.map((url) =>
      autocannon({
        url,
        connections: Math.max(1, Math.round(connections / urls.length)),
        duration: seconds,
        requests: minuteOf(streams),
      }),
    ),
  );
  return {
    seconds,
    requests: sum(results.map((result) => result['2xx'])),
    p99: Math.max(...results.map(({ latency }) => latency.p99)),
    otherAnswers: sum(results.map(({ non2xx, errors, timeouts }) => non2xx + errors + timeouts)),
  };
}

/** A minute's requests, each of the stream whose turn it is. */
function minuteOf(streams: Stream[]): autocannon.Request[] {
  let turn = 0;
  const as = (build: (stream: Stream) => autocannon.Request): autocannon.Request => ({
    setupRequest(request) {
      turn = (turn + 1) % streams.length;
      return { ...request, ...build(streams[turn] as Stream) };
    },
  });
  const bearer = ({ token }: Stream) => ({ authorization: `Bearer ${token}` });
  const poll = as((stream) => ({
    path: `/api/v1/relay/active?connection_id=${stream.connectionId}`,
    headers: bearer(stream),
  }));
  const heartbeat = as((stream) => report(stream, bearer(stream), {}));
  const relayReport = as((stream) =>
    report(stream, { 'x-relay-auth': TEST_SECRETS.RELAY_SHARED_KEY }, { ingest_active: true }),
  );
  const account = as((stream) => ({ path: '/api/v1/auth/session', headers: bearer(stream) }));
  return [
    account,
    ...times(HEARTBEATS, [...times(POLLS / HEARTBEATS, [poll]), heartbeat]),
    ...times(RELAY_REPORTS, [relayReport]),
  ];
}

function report(stream: Stream, headers: Record<string, string>, figures: object): autocannon.Request {
  return {
    method: 'POST',
    path: '/api/v1/relay/health',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ session_id: stream.sessionId, instance_id: stream.instanceId, ...figures }),
  };
}

const times = <T>(count: number, items: T[]): T[] => Array.from({ length: count }, () => items).flat();

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
