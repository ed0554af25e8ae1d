import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import type { JobQueue } from '../../jobs/job-queue.ts';
import type { Random } from '../../random.ts';
import { insertEvent } from './event-store.ts';

export interface WebhookDeps {
  database: Database;
  clock: Clock;
  random: Random;
  jobs: JobQueue;
}

/** Stores a signed webhook together with the job that will work on it; one that is stored already changes nothing. */
export async function receiveWebhook(deps: WebhookDeps, body: Buffer): Promise<void> {
  const digest = createHash('sha256').update(body).digest();
  const id = deps.random.id('bev');
  await deps.database.transaction(async (trx) => {
    const isNew = await insertEvent(trx, { id, digest, body, receivedAt: deps.clock.now() });
    if (isNew) await deps.jobs.enqueue(trx, 'billing-event', { eventId: id });
  });
}
