import { chmod, glob, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { connectDatabase } from '../../src/database/connect.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { createBoss, startBoss } from '../../src/jobs/job-queue.ts';
import { makeClusterFolder } from './cluster-folder.ts';

/** What the tests of one process have in common: a folder, a PostgreSQL and, when needed, a host of relay stand-ins. */
export interface TestRun {
  dataDir: string;
  /** URL of a database of the run's cluster. */
  urlOf(database: string): string;
}

/** Durability is of no use to a test. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '400',
  // The folder may be memory.
  max_wal_size: '256MB',
};
const TEMPLATE = 'template_telemy';

/** The environment tells the processes that one run starts where its folder is, and its cluster once there is one. */
const FOLDER = 'TELEMY_TEST_FOLDER';
const CLUSTER = 'TELEMY_TEST_CLUSTER';

let opening: Promise<TestRun> | undefined;
let cluster: EmbeddedDatabase | undefined;
let clusterFolder: string | undefined;
let databases = 0;

/**
 * Begins the run of this process and of those that it starts. All temporary files go to the run's own folder, so that
 * nothing stays behind, even of a test that was cut short. What one process has compiled, the next one need not.
 */
export async function beginTestRun(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'telemy-test-'));
  // The user that PostgreSQL runs as must be able to pass through.
  await chmod(folder, 0o711);
  process.env[FOLDER] = folder;
  process.env.TMPDIR = join(folder, 'tmp');
  await mkdir(process.env.TMPDIR);
  process.env.NODE_COMPILE_CACHE = join(folder, 'compile-cache');
}

/** Opens the cluster for processes that share it. */
export async function shareCluster(): Promise<void> {
  process.env[CLUSTER] = await openCluster();
}

/** The folder of what the processes of the run leave to the one that began it. */
export function processesDir(): string {
  return join(process.env[FOLDER] as string, 'processes');
}

/** This process's folder, and the run's cluster, opened by the first test that needs it. */
export function openTestRun(): Promise<TestRun> {
  opening ??= open();
  return opening;
}

async function open(): Promise<TestRun> {
  // A script that isn't mocha's.
  if (process.env[FOLDER] === undefined) await beginTestRun();
  // Not shared: what a test does to the host of the stand-ins must not reach the tests of another process.
  const dataDir = join(processesDir(), String(process.pid));
  await mkdir(dataDir, { recursive: true });
  const url = process.env[CLUSTER] ?? (await openCluster());
  return { dataDir, urlOf: (database) => urlOf(url, database) };
}

async function openCluster(): Promise<string> {
  clusterFolder = await makeClusterFolder(process.env[FOLDER] as string);
  cluster = await openEmbeddedDatabase({ dataDir: clusterFolder, settings: FAST });
  const { url } = cluster;
  await onServer(url, `create database ${TEMPLATE}`);
  await migrateDatabase(urlOf(url, TEMPLATE));
  const template = connectDatabase({ url: urlOf(url, TEMPLATE), applicationName: 'telemy-test' });
  const boss = createBoss(template, { supervise: false, onError: (error) => console.error(error) });
  await startBoss(boss, template);
  await boss.stop({ graceful: false, close: false });
  await template.destroy();
  return url;
}

/** A new database with the whole schema and nothing in it. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const run = await openTestRun();
  databases += 1;
  const name = `test_${process.pid}_${databases}`;
  const server = run.urlOf('postgres');
  await onServer(server, `create database ${name} template ${TEMPLATE}`);
  return { url: run.urlOf(name), drop: () => onServer(server, `drop database ${name} with (force)`) };
}

/** Ends what the processes of the run started. Only for the process that began it. */
export async function closeTestRun(): Promise<void> {
  const folder = process.env[FOLDER];
  if (folder === undefined) return;
  await stopRelayHosts(folder);
  for await (const file of glob('tmp/**/postgres/cluster/postmaster.pid', { cwd: folder })) {
    // Whoever opens it becomes its user, and the last one to release it stops it. A broken one ends with its folder.
    const orphan = openEmbeddedDatabase({ dataDir: join(folder, dirname(file), '../..') });
    await orphan.then(({ release }) => release()).catch(() => undefined);
  }
  await cluster?.release();
  if (clusterFolder !== undefined) await rm(clusterFolder, { recursive: true, force: true, maxRetries: 20 });
  // Some may have been about to start.
  await stopRelayHosts(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
}

async function stopRelayHosts(folder: string): Promise<void> {
  for await (const file of glob('**/relay-host.json', { cwd: folder }))
    await stopRelayHost(join(folder, dirname(file)));
}

function urlOf(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).toString();
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
