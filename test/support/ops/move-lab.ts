import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Journal } from '../../../scripts/migrate-host/journal.ts';
import { type Cloudflare, startCloudflare } from '../cloudflare/index.ts';
import { findFreePort } from '../free-port.ts';
import type { Outcome } from '../run-command.ts';
import { TEST_SECRETS } from '../test-app.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type Edge, startEdge } from './edge.ts';

/** Two hosts on loopback, Cloudflare before them, and the command that moves the service. */
export interface MoveLab {
  old: MoveHost;
  next: MoveHost;
  cloudflare: Cloudflare;
  edge: Edge;
  configFile: string;
  /** Environment of the command. */
  env: Record<string, string>;
  /** Runs `migrate-host` in a process of its own; `kill` ends it with SIGKILL as soon as it resolves. */
  run(args: string[], kill?: () => Promise<void>): Promise<Outcome>;
  journal(): Promise<Journal>;
  close(): Promise<void>;
}

export interface MoveHost {
  cluster: Cluster;
  databaseUrl: string;
  ip: string;
  port: number;
}

const SCRIPT = resolve(import.meta.dirname, '../../../scripts/migrate-host.ts');
const ZONE = { zoneId: '0123456789abcdef0123456789abcdef', token: 'token-of-the-tests' };
const RULE = 'ab'.repeat(16);
const API_HOST = 'api.example.com';

export async function openMoveLab(): Promise<MoveLab> {
  const folder = await mkdtemp(join(tmpdir(), 'move-lab-'));
  const makeHost = async (ip: string): Promise<MoveHost> => {
    const cluster = await startCluster();
    await cluster.query('create role telemy nologin');
    await cluster.query('create database telemy owner telemy');
    return { cluster, databaseUrl: cluster.urlOf('telemy'), ip, port: await findFreePort() };
  };
  const [old, next] = [await makeHost('127.0.0.1'), await makeHost('127.0.0.2')];
  const parameters = { origin: { port: old.port } };
  const cloudflare = await startCloudflare({
    ...ZONE,
    originRules: [{ id: RULE, action: 'route', action_parameters: parameters, expression: 'true', enabled: true }],
  });
  cloudflare.addRecord({ name: API_HOST, content: old.ip, proxied: false, ttl: 300 });
  const edge = await startEdge(() => ({
    hostname: String(cloudflare.records()[0]?.content),
    port: Number(cloudflare.originRules()[0]?.action_parameters.origin.port),
  }));
  const secretFile = join(folder, 'jwt-secret');
  await writeFile(secretFile, TEST_SECRETS.JWT_SECRET);
  const configFile = join(folder, 'move.yaml');
  const host = ({ databaseUrl, ip, port }: MoveHost) => ({ database_url: databaseUrl, origin: `http://${ip}:${port}` });
  const config = {
    work_dir: join(folder, 'work'),
    old: host(old),
    new: host(next),
    role: 'telemy',
    api_host: API_HOST,
    jwt_secret_file: secretFile,
    cloudflare: { zone_id: ZONE.zoneId, origin_rule_id: RULE },
  };
  await writeFile(configFile, JSON.stringify(config));
  const env = {
    CLOUDFLARE_API_TOKEN: ZONE.token,
    CLOUDFLARE_API_BASE_URL: cloudflare.url,
    DATA_DIR: folder,
    BACKUP_DIR: join(folder, 'backups'),
    NODE_ENV: 'test',
    ...TEST_SECRETS,
  };
  return {
    old,
    next,
    cloudflare,
    edge,
    configFile,
    env,
    async run(args, kill) {
      const { NODE_COMPILE_CACHE, PATH } = process.env;
      const child = spawn(process.execPath, [SCRIPT, ...args, '--config', configFile], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { NODE_COMPILE_CACHE, PATH, ...env },
      });
      const ended = once(child, 'close') as Promise<[number | null]>;
      const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
      // Whatever came of it: nothing of the test outlives it.
      if (kill) await Promise.race([kill().finally(() => child.kill('SIGKILL')), ended]);
      const [code] = await ended;
      return { code, stdout: await stdout, stderr: await stderr };
    },
    journal: async () => JSON.parse(await readFile(join(folder, 'work', 'journal.json'), 'utf8')),
    async close() {
      await Promise.all([edge.close(), cloudflare.close(), old.cluster.remove(), next.cluster.remove()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
