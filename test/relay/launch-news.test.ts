import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { type NotificationListener, startListener } from '../../src/database/listener.ts';
import { reportHealth } from '../../src/features/relay/health-service.ts';
import { createLaunchNews, LAUNCH_CHANNEL } from '../../src/features/relay/launch-news.ts';
import { provisionSession } from '../../src/features/relay/provision-job.ts';
import { eventually } from '../support/eventually.ts';
import { createRelayLab, LAB_START, type RelayLab } from '../support/relay-lab.ts';
import { createStillClock } from '../support/still-clock.ts';
import { createTestDatabase } from '../support/test-run.ts';
import { beginLaunch, type Launch } from './launch.ts';

const NEVER_MS = 3_600_000;

describe('a launch that would not ask its provider again for an hour', () => {
  let place: { url: string; drop(): Promise<void> };
  let database: Database;
  let listener: NotificationListener;
  let lab: RelayLab;
  let launch: Launch;
  let running: Promise<void>;

  before(async () => {
    place = await createTestDatabase();
    database = connectDatabase({ url: place.url, applicationName: 'telemy-lab', poolSize: 8 });
    listener = await startListener({ url: place.url, channels: [LAUNCH_CHANNEL], onError: assert.ifError });
    lab = await createRelayLab({ shared: { database, clock: createStillClock(LAB_START) } });
    Object.assign(lab.provider, { pollIntervalMs: NEVER_MS });
  });

  after(async () => {
    await listener?.stop();
    await database?.destroy();
    await place?.drop();
  });

  beforeEach(async () => {
    launch = await beginLaunch(lab);
    const deps = { ...lab.deps, news: createLaunchNews(listener) };
    running = provisionSession(deps, launch.session.id, new AbortController().signal);
    await eventually(async () => assert.notEqual((await launch.stored()).instanceId, null));
  });

  it('looks at each report of its relay, and is over with the one that finds it ready', async () => {
    const report = async () => {
      const { id, instanceId, status } = await launch.stored();
      if (status === 'active') return;
      await reportHealth(lab.deps, {
        sessionId: id,
        instanceId: String(instanceId),
        figures: { ingestActive: false, uptimeSeconds: 0, observedAt: undefined },
        requestId: 'req_news',
      });
      assert.fail(`it is ${status}`);
    };
    // The scripted relay comes one step further with each look.
    await eventually(report);
    await running;
    assert.deepEqual([(await launch.stored()).status, launch.made().length], ['active', 1]);
  });

  it('ends at the wish to stop', async () => {
    await launch.wishStop();
    await running;
    assert.equal((await launch.stored()).status, 'stopped');
    await launch.takeDown();
  });
});
