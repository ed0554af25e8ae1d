import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import ora from 'ora';
import { connectDatabase } from '../../src/database/connect.ts';
import { openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { buildEvent, webhookHeaders } from '../../test/support/lemonsqueezy/index.ts';
import { exitWithin, type ServerRole, startServerProcess } from '../../test/support/process.ts';
import { TEST_SECRETS } from '../../test/support/test-app.ts';
import { machine, printFigures } from './report.ts';

export interface WebhookBenchOptions {
  seconds: number;
  connections: number;
  rounds: number;
  json?: boolean;
}

/** Candidates: the API by itself, and together with the worker that works on what is stored. */
const ROLES: readonly ServerRole[] = ['api', 'all'];

/**
 * Sends signed webhooks, each of its own bytes, to a real process on a PostgreSQL that writes through to the disk, and
 * counts the rows that are there afterwards.
 */
export async function benchWebhooks({
  seconds,
  connections,
  rounds,
  json = false,
}: WebhookBenchOptions): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-bench-'));
  const spinner = ora({ text: 'Starting PostgreSQL', isSilent: json }).start();
  const cluster = await openEmbeddedDatabase({ dataDir });
  const figures: Record<string, unknown>[] = [];
  try {
    await migrateDatabase(cluster.url);
    for (let round = 1; round <= rounds; round += 1) {
      for (const role of ROLES) {
        spinner.text = `${role}, round ${round} of ${rounds}`;
        figures.push({ candidate: role, round, ...(await run(cluster.url, dataDir, role, seconds, connections)) });
      }
    }
    spinner.succeed(`${rounds} rounds of ${seconds} s each, ${connections} connections`);
  } finally {
    spinner.stop();
    await stopRelayHost(join(dataDir, 'relays'));
    await cluster.release();
    await rm(dataDir, { recursive: true, force: true });
  }
  printFigures({ figures, machine: machine(), json });
}

async function run(databaseUrl: string, dataDir: string, role: ServerRole, seconds: number, connections: number) {
  const database = connectDatabase({ url: databaseUrl, applicationName: 'telemy-bench', poolSize: 1 });
  await database('billing_events').delete();
  const server = await startServerProcess(role, { databaseUrl, dataDir, deployment: 'bench' });
  try {
    const result = await autocannon({
      url: `${server.url}/api/v1/billing/webhook`,
      method: 'POST',
      connections,
      duration: seconds,
      requests: [{ method: 'POST', path: '/api/v1/billing/webhook', setupRequest: signed }],
    });
    const stored = Number((await database('billing_events').count())[0]?.count);
    const answered = result['2xx'];
    return {
      per_second: Math.round(answered / result.duration),
      p50_ms: result.latency.p50,
      p99_ms: result.latency.p99,
      answered,
      stored,
      // Those that were under way when the time was over are stored too.
      lost: Math.max(0, answered - stored),
      other_answers: result.non2xx + result.errors + result.timeouts,
    };
  } finally {
    server.kill('SIGTERM');
    await exitWithin(server, 20_000);
    await database.destroy();
  }
}

/** A webhook that was never sent before: a duplicate would only be looked up. */
function signed(request: autocannon.Request): autocannon.Request {
  const body = buildEvent('order_created', { id: '1', attributes: { identifier: randomUUID() } });
  const headers = webhookHeaders('order_created', body, TEST_SECRETS.LEMONSQUEEZY_WEBHOOK_SECRET);
  return { ...request, body, headers };
}
