import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connectDatabase } from '../../src/database/connect.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { createBoss, startBoss } from '../../src/jobs/job-queue.ts';

/** What one run of the tests has in common: a folder, a PostgreSQL and, when needed, a host of relay stand-ins. */
export interface TestRun {
  dataDir: string;
  /** URL of a database of the run's cluster. */
  urlOf(database: string): string;
}

/** Durability is of no use to a test. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };
const TEMPLATE = 'template_telemy';

let opening: Promise<TestRun> | undefined;
let cluster: EmbeddedDatabase | undefined;
let databases = 0;

/** The run's folder and cluster, opened by the first test that needs them. */
export function openTestRun(): Promise<TestRun> {
  opening ??= open();
  return opening;
}

async function open(): Promise<TestRun> {
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-test-'));
  cluster = await openEmbeddedDatabase({ dataDir, settings: FAST });
  const { url } = cluster;
  const urlOf = (database: string) => Object.assign(new URL(url), { pathname: `/${database}` }).toString();
  await onServer(url, `create database ${TEMPLATE}`);
  await migrateDatabase(urlOf(TEMPLATE));
  const template = connectDatabase({ url: urlOf(TEMPLATE), applicationName: 'telemy-test' });
  const boss = createBoss(template, { supervise: false, onError: (error) => console.error(error) });
  await startBoss(boss, template);
  await boss.stop({ graceful: false, close: false });
  await template.destroy();
  return { dataDir, urlOf };
}

/** A new database with the whole schema and nothing in it. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const run = await openTestRun();
  databases += 1;
  const name = `test_${databases}`;
  const server = run.urlOf('postgres');
  await onServer(server, `create database ${name} template ${TEMPLATE}`);
  return { url: run.urlOf(name), drop: () => onServer(server, `drop database ${name} with (force)`) };
}

/** Ends what the run started. */
export async function closeTestRun(): Promise<void> {
  if (!opening) return;
  const { dataDir } = await opening;
  await stopRelayHost(join(dataDir, 'relays'));
  await cluster?.release();
  await rm(dataDir, { recursive: true, force: true });
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
