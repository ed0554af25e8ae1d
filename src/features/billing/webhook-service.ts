import { createHash } from 'node:crypto';
import { type Batcher, createBatcher } from '../../batcher.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import type { JobQueue } from '../../jobs/job-queue.ts';
import { currentOrigin, type Origin } from '../../observability/work-context.ts';
import type { Random } from '../../random.ts';
import { insertEvents, type NewEvent } from './event-store.ts';

export interface WebhookDeps {
  database: Database;
  clock: Clock;
  random: Random;
  jobs: JobQueue;
}

/** Stores the bytes of a signed webhook together with the job that will work on them; resolves when both are safe. */
export type WebhookIntake = (body: Buffer) => Promise<void>;

/** Most webhooks that are stored in one transaction. */
const MOST_AT_ONCE = 200;

/**
 * Takes webhooks in. Those that arrive while others are being stored share the next transaction, so that a burst costs one
 * write to the disk and not one for each. What is stored already changes nothing.
 */
export function createWebhookIntake({ database, clock, random, jobs }: WebhookDeps): WebhookIntake {
  const store: Batcher<NewEvent & { origin: Origin | undefined }> = createBatcher(async (events) => {
    // What is stored together is of several requests; each job is told its own.
    const origins = new Map(events.map(({ id, origin }) => [id, origin]));
    await database.transaction(async (trx) => {
      const inserted = await insertEvents(trx, events);
      await jobs.enqueueAll(
        trx,
        'billing-event',
        inserted.map((eventId) => {
          const origin = origins.get(eventId);
          return origin ? { eventId, origin } : { eventId };
        }),
      );
    });
  }, MOST_AT_ONCE);
  return (body) => {
    const digest = createHash('sha256').update(body).digest();
    return store({ id: random.id('bev'), digest, body, receivedAt: clock.now(), origin: currentOrigin() });
  };
}
