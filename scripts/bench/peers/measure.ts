import autocannon, { type Client, type Request } from 'autocannon';
import type { Database } from '../../../src/database/connect.ts';
import { familySeconds, readUsed } from '../one-postgres/used.ts';
import type { Candidate, CandidateName } from './candidates.ts';
import type { BenchOperation } from './operations.ts';
import type { BenchUser } from './rows.ts';

/** What a candidate did in one run. */
export interface PeerRun {
  operation: BenchOperation['name'];
  connections: number;
  candidate: CandidateName;
  round: number;
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Answers that weren't good, and requests without one. */
  failed: number;
  /** Statements of each request; null for the peer, which doesn't count them. */
  statements: number | null;
  /** Milliseconds of processor for each request, of the candidate and of PostgreSQL; null where that isn't known. */
  cpuMs: number | null;
  postgresMs: number | null;
}

/** A load: what is asked, in whose name, and for how long. */
export interface PeerLoad {
  operation: BenchOperation;
  users: readonly BenchUser[];
  relayKey: string;
  connections: number;
}

/** V8 goes on compiling for about as many requests: the first thousands take twice as long. */
export const WARM_AFTER = 20_000;

/**
 * Has each user ask at least once, so that what a candidate keeps it has, and until its code is compiled.
 *
 * @param requests how many it takes for that.
 */
export async function warmUp(candidate: Candidate, load: PeerLoad, requests = WARM_AFTER): Promise<void> {
  await send(candidate, load, { amount: Math.max(requests, load.users.length) });
}

/** Loads a candidate for that many seconds. */
export async function measureRun(
  database: Database,
  candidate: Candidate,
  load: PeerLoad & { seconds: number; round: number },
): Promise<PeerRun> {
  const before = await readFigures(database, candidate);
  const result = await send(candidate, load, { duration: load.seconds });
  const after = await readFigures(database, candidate);
  const good = result['2xx'];
  const each = (name: keyof typeof before, unit: number) => {
    const [from, to] = [before[name], after[name]];
    return from === null || to === null || good === 0 ? null : ((to - from) * unit) / good;
  };
  return {
    operation: load.operation.name,
    connections: load.connections,
    candidate: candidate.name,
    round: load.round,
    requestsPerSecond: good / result.duration,
    // Who has answered nothing has taken at least that long.
    p50: good === 0 ? load.seconds * 1000 : result.latency.p50,
    p99: good === 0 ? load.seconds * 1000 : result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
    statements: each('statements', 1),
    cpuMs: each('cpu', 1000),
    postgresMs: each('postgres', 1000),
  };
}

async function readFigures(database: Database, candidate: Candidate) {
  const isOurs = candidate.name !== 'fastify';
  const { statements, postgres } = await readUsed(database, isOurs ? [candidate] : []);
  const cpu = await familySeconds(candidate.process.pid);
  return { statements: isOurs ? statements : null, postgres, cpu };
}

/** Each connection has users of its own, in an order of chance, and asks for one after the other, over and over. */
export function send(candidate: Candidate, load: PeerLoad, until: { amount: number } | { duration: number }) {
  const { operation, users, relayKey, connections } = load;
  const shuffled = shuffle(users);
  let made = 0;
  return autocannon({
    url: candidate.url,
    connections,
    ...until,
    setupClient(client: Client) {
      const own = shuffled.filter((_, place) => place % connections === made);
      made += 1;
      client.setRequests(own.map((user): Request => operation.request(user, relayKey)));
    },
  });
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
