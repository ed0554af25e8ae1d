import { systemClock } from '../../../src/clock.ts';
import type { Database } from '../../../src/database/connect.ts';
import type { Candidate } from './candidates.ts';
import { measureRun, type PeerRun, warmUp } from './measure.ts';
import type { BenchOperation } from './operations.ts';
import { type BenchUser, renewLeases, signInUsers } from './rows.ts';

export interface PeerPlan {
  candidates: readonly Candidate[];
  operations: readonly BenchOperation[];
  connections: readonly number[];
  rounds: number;
  seconds: number;
  /** Requests before a candidate is measured; default: enough of them. */
  warmUpRequests?: number;
  users: number;
  secrets: { jwt: string; relay: string };
  /** Told of what happens. */
  onStep(text: string): void;
}

/** Tokens are good for 15 minutes; new ones are made well before. */
const TOKENS_FOR_MS = 480_000;

/** Runs everything: an operation at a time, the candidates in turn within each round. */
export async function runPeers(database: Database, plan: PeerPlan): Promise<PeerRun[]> {
  const runs: PeerRun[] = [];
  const users = keepSignedIn(plan);
  for (const operation of plan.operations) {
    const load = async (connections: number) => ({
      operation,
      users: await users(),
      relayKey: plan.secrets.relay,
      connections,
    });
    for (const candidate of plan.candidates) {
      plan.onStep(`${operation.name}: ${candidate.name} warms up`);
      await warmUp(candidate, await load(Math.min(16, plan.users)), plan.warmUpRequests);
    }
    for (const connections of plan.connections) {
      for (let round = 1; round <= plan.rounds; round += 1) {
        for (const candidate of plan.candidates) {
          plan.onStep(
            `${operation.name}, ${connections} connections, round ${round} of ${plan.rounds}: ${candidate.name}`,
          );
          await renewLeases(database, systemClock.now());
          const { seconds } = plan;
          runs.push(await measureRun(database, candidate, { ...(await load(connections)), seconds, round }));
        }
      }
    }
  }
  return runs;
}

function keepSignedIn({ users, secrets }: PeerPlan): () => Promise<BenchUser[]> {
  let made: BenchUser[] = [];
  let madeAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - madeAt > TOKENS_FOR_MS) {
      made = await signInUsers(users, secrets.jwt, systemClock);
      madeAt = performance.now();
    }
    return made;
  };
}
