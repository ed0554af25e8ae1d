import { createBatcher } from '../../batcher.ts';
import type { Database, Transaction } from '../../database/connect.ts';
import { inThisContext } from '../../observability/work-context.ts';
import type { RelaySession } from './session.ts';
import { lockFreeSessions, lockSession } from './session-store.ts';

/**
 * A change of one locked session, stored in the transaction that is given. It may be called again after a rollback, so
 * what it counts or logs may be counted twice.
 */
export type SessionStep<T> = (trx: Transaction, locked: RelaySession | null) => Promise<T>;

/** Runs steps of launches; resolves once the step's transaction is committed. */
export type LaunchSteps = <T>(sessionId: string, step: SessionStep<T>) => Promise<T>;

interface Waiting {
  sessionId: string;
  step: SessionStep<unknown>;
  resolve(value: never): void;
  reject(error: unknown): void;
}

/** Most steps of one transaction: it keeps their sessions locked. */
const MOST_TOGETHER = 50;

/**
 * Makes the way that the steps of a process's launches take.
 *
 * Steps that are due while others are being stored share the next transaction, as each commit has its price; one that is
 * alone never waits. A session whose row someone else holds doesn't keep the others waiting, and one whose step fails
 * doesn't take them along: each has a transaction to itself then.
 */
export function createLaunchSteps(database: Database): LaunchSteps {
  const alone = ({ sessionId, step, resolve, reject }: Waiting): void => {
    database.transaction(async (trx) => step(trx, await lockSession(trx, sessionId))).then(resolve as never, reject);
  };

  const together = async (batch: Waiting[]): Promise<void> => {
    const byId = new Map(batch.map((waiting) => [waiting.sessionId, waiting]));
    const results = await database.transaction(async (trx) => {
      const sessions = await lockFreeSessions(trx, [...byId.keys()]);
      return Promise.all(
        sessions.map(async (session) => {
          const waiting = byId.get(session.id) as Waiting;
          return [waiting, await waiting.step(trx, session)] as const;
        }),
      );
    });
    const done = new Set<Waiting>();
    for (const [waiting, result] of results) {
      waiting.resolve(result as never);
      done.add(waiting);
    }
    for (const waiting of batch) if (!done.has(waiting)) alone(waiting);
  };

  const run = createBatcher<Waiting>(async (batch) => {
    await together(batch).catch((error) => {
      const [only] = batch;
      if (only && batch.length === 1) only.reject(error);
      else batch.forEach(alone);
    });
  }, MOST_TOGETHER);

  return (sessionId, step) =>
    new Promise((resolve, reject) => {
      // Its jobs and its lines of the log are its own launch's, whoever's transaction it shares.
      run({ sessionId, step: inThisContext(step), resolve, reject }).catch(reject);
    });
}
