import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { shareTick } from '../../src/jobs/share-tick.ts';
import { createTestDatabase } from '../support/test-run.ts';

const DAY_MS = 86_400_000;
/** Claims that each worker makes at the same time. */
const TRIES = 10;

describe('A run that three workers share', () => {
  let own: { url: string; drop(): Promise<void> };
  let workers: Database[];
  let elsewhere: number;
  before(async () => {
    own = await createTestDatabase();
    workers = [1, 2, 3].map(() => connectDatabase({ url: own.url, applicationName: 'test', poolSize: TRIES }));
  });
  beforeEach(async () => {
    await onDatabase().raw('truncate schedules');
    elsewhere = 0;
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.destroy()));
    await own.drop();
  });
  const onDatabase = () => workers[0] as Database;

  /** All of these workers claim at once, several times each; how many were let. */
  async function claimAtOnce(by: readonly Database[] = workers, name = 'work'): Promise<number> {
    const onElsewhere = () => {
      elsewhere += 1;
    };
    const ticks = by.map((worker) => shareTick(worker, { name, everyMs: DAY_MS, run: async () => {} }, onElsewhere));
    const tries = Array.from({ length: TRIES }, () => ticks.map((tick) => tick.claim?.()));
    return (await Promise.all(tries.flat())).filter((isOurs) => isOurs).length;
  }

  /** As if the last claim had been made that much earlier, or later. */
  const moveClaim = (days: number) =>
    onDatabase().raw("update schedules set period = period + ? * interval '1 day'", [days]);

  it('is done once in each period, and the others hear that it is done elsewhere', async () => {
    for (let period = 0; period < 5; period += 1) {
      assert.equal(await claimAtOnce(), 1);
      assert.equal(await claimAtOnce(), 0);
      assert.equal(elsewhere, 6 * TRIES - 1);
      elsewhere = 0;
      await moveClaim(-1);
    }
  });

  it('goes to another one in the next period when its worker has died', async () => {
    const [first, ...others] = workers as [Database, Database, Database];
    assert.equal(await claimAtOnce([first]), 1);
    await moveClaim(-1);
    assert.equal(await claimAtOnce(others), 1);
  });

  it('is done once after a long pause, not once for each period that passed', async () => {
    await claimAtOnce();
    await moveClaim(-30);
    assert.equal(await claimAtOnce(), 1);
    assert.equal(await claimAtOnce(), 0);
  });

  it("goes on at once, and once, when the database's clock was set back", async () => {
    await claimAtOnce();
    await moveClaim(2);
    assert.equal(await claimAtOnce(), 1);
    assert.equal(await claimAtOnce(), 0);
  });

  it('is apart from runs of other names', async () => {
    assert.equal(await claimAtOnce(workers, 'one'), 1);
    assert.equal(await claimAtOnce(workers, 'other'), 1);
  });
});
