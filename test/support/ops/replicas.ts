import { randomBytes } from 'node:crypto';
import type { ServerProcess } from '../process.ts';
import { TEST_SECRETS } from '../test-app.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type Deployment, openDeployment } from './deployment.ts';
import { type PgBouncer, startPgBouncer } from './pgbouncer.ts';
import { calleeOf, signInAt, type Tokens } from './plugin.ts';

/** Logins of the service: what goes by DATABASE_URL, and what goes by DATABASE_DIRECT_URL. */
export const LOGINS = { requests: 'telemy_requests', direct: 'telemy_direct' } as const;

/** Two API processes and two workers on one PostgreSQL, which logs each statement as `login|application|statement`. */
export interface Replicas {
  cluster: Cluster;
  /** Undefined: all go to PostgreSQL itself. */
  pooler: PgBouncer | undefined;
  apis: readonly [ServerProcess, ServerProcess];
  /** Those that are there: whoever ends one takes it out. */
  workers: ServerProcess[];
  deployment: Deployment;
  /** Signs a new device in, at the first API. */
  signIn(): Promise<Tokens>;
  close(): Promise<void>;
}

/** @param poolSize PgBouncer's connections to PostgreSQL, in transaction mode; undefined: there is no PgBouncer. */
export async function openReplicas(poolSize?: number): Promise<Replicas> {
  const cluster = await startCluster({ settings: { log_statement: 'all', log_line_prefix: '%u|%a|' } });
  const users = { [LOGINS.requests]: makePassword(), [LOGINS.direct]: makePassword() };
  await cluster.query('create role telemy nologin');
  for (const [name, password] of Object.entries(users)) {
    await cluster.query(`create role ${name} login password '${password}' in role telemy`);
    await cluster.query(`alter role ${name} set role telemy`);
  }
  await cluster.query('create database telemy owner telemy');
  const pooler = poolSize === undefined ? undefined : await startPgBouncer({ port: cluster.port, users, poolSize });
  const urlOf = (login: keyof typeof users) => cluster.urlOf('telemy', login, users[login]);
  const databases: Record<string, string> = pooler
    ? { DATABASE_URL: pooler.urlOf('telemy', LOGINS.requests), DATABASE_DIRECT_URL: urlOf(LOGINS.direct) }
    : { DATABASE_URL: urlOf(LOGINS.requests) };
  // Where relays report to, once there is an API.
  let publicUrl: Record<string, string> = {};
  const deployment = await openDeployment(async () => ({ ...databases, ...publicUrl }));
  async function close(): Promise<void> {
    await deployment.close();
    await pooler?.stop();
    await cluster.remove();
  }
  try {
    await deployment.command('migrate');
    await deployment.command('user', 'create', '--email', 'replicas@example.com', '--plan', 'pro');
    const first = await deployment.start('api');
    publicUrl = { PUBLIC_BASE_URL: first.url };
    const start = (role: 'api' | 'worker') => deployment.start(role);
    const [second, ...workers] = await Promise.all([start('api'), start('worker'), start('worker')]);
    const signIn = async () => {
      const [row] = await cluster.query('select id from users', 'telemy');
      return signInAt(calleeOf(first), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, String(row?.id));
    };
    return { cluster, pooler, apis: [first, second], workers, deployment, signIn, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function makePassword(): string {
  return randomBytes(24).toString('base64url');
}
