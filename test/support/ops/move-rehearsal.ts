import assert from 'node:assert/strict';
import { loadMoveConfig } from '../../../scripts/migrate-host/config.ts';
import type { PhaseName } from '../../../scripts/migrate-host/journal.ts';
import type { MoveOptions } from '../../../scripts/migrate-host/phase.ts';
import { phases, type RunOptions, runPhase } from '../../../scripts/migrate-host/run-phase.ts';
import { eventually } from '../eventually.ts';
import type { ServerProcess } from '../process.ts';
import { TEST_SECRETS } from '../test-app.ts';
import { type Deployment, openDeployment } from './deployment.ts';
import { type MoveHost, type MoveLab, openMoveLab } from './move-lab.ts';
import { calleeOf, signInAt, type Tokens } from './plugin.ts';

/** An operator who moves the service from one host to the other. */
export interface MoveRehearsal {
  lab: MoveLab;
  /** Of both hosts: relays, which are on neither, and what marks them are the same. */
  deployment: Deployment;
  startOn(host: MoveHost, role: 'all' | 'api'): Promise<ServerProcess>;
  /** Signs a device in. */
  newDevice(server: ServerProcess, name: string): Promise<Tokens>;
  /**
   * A phase as an operator takes it: looked at first where it changes something. At no moment do both hosts write. The
   * first time it is the command, then the same in this process, which is faster.
   */
  take(name: PhaseName, options?: Partial<MoveOptions>): Promise<void>;
  /** A phase in this process. */
  inProcess(name: PhaseName, options?: Partial<RunOptions>): ReturnType<typeof runPhase>;
  /** A phase that ends with 1 and says why. */
  refused(name: PhaseName, why: RegExp, ...options: string[]): Promise<void>;
  /** Kills the command in the middle of a phase, as soon as `isThere` doesn't throw. */
  cut(name: PhaseName, isThere: () => Promise<void>, ...options: string[]): Promise<void>;
  /** Whether the old and the new host may write. */
  writers(): Promise<[old: boolean, next: boolean]>;
  /** Where the name leads, and for how long resolvers may keep that. */
  route(): { address: string | undefined; ttl: number | undefined; port: number | undefined };
  /** Puts an empty database in the place of the new host's, which is kept under another name. */
  renewNext(): Promise<void>;
  close(): Promise<void>;
}

const CUT_LIMIT_MS = 30_000;

export async function openMoveRehearsal(): Promise<MoveRehearsal> {
  const lab = await openMoveLab();
  let here = lab.old;
  const deployment = await openDeployment(async () => ({
    DATABASE_URL: here.databaseUrl,
    LISTEN_ADDR: `${here.ip}:${here.port}`,
    PUBLIC_BASE_URL: lab.edge.url,
    BACKUP_DIR: String(lab.env.BACKUP_DIR),
  }));
  const canWrite = async ({ cluster }: MoveHost): Promise<boolean> => {
    const [row] = await cluster.query('show default_transaction_read_only', 'telemy');
    return row?.default_transaction_read_only === 'off';
  };
  const writers = (): Promise<[boolean, boolean]> => Promise.all([canWrite(lab.old), canWrite(lab.next)]);
  const config = loadMoveConfig(lab.configFile, lab.env);
  const inProcess = (name: PhaseName, options: Partial<RunOptions> = {}) =>
    runPhase(name, { config, env: lab.env, ...options });
  const commanded = new Set<PhaseName>();

  return {
    lab,
    deployment,
    writers,
    async startOn(host, role) {
      here = host;
      const started = await deployment.start(role);
      assert.equal(started.url, `http://${host.ip}:${host.port}`);
      return started;
    },
    async newDevice(server, name) {
      const email = `${name}@example.com`;
      await deployment.command('user', 'create', '--email', email, '--plan', 'pro');
      const [row] = await lab.old.cluster.query(`select id from users where email = '${email}'`, 'telemy');
      return signInAt(calleeOf(server), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, String(row?.id));
    },
    inProcess,
    async take(name, options = {}) {
      if (phases[name].changes) {
        const before = await writers();
        await inProcess(name, { ...options, dryRun: true });
        assert.deepEqual(await writers(), before, 'a dry run changes nothing');
      }
      if (commanded.has(name)) await inProcess(name, options);
      else {
        const words = [options.rehearse ? '--rehearse' : '', options.acceptLoss ? '--accept-loss' : ''].filter(Boolean);
        const { code, stdout, stderr } = await lab.run([name, ...words]);
        assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
      }
      commanded.add(name);
      if (name !== 'plan') assert.notDeepEqual(await writers(), [true, true], 'one writer');
    },
    async refused(name, why, ...options) {
      const { code, stderr } = await lab.run([name, ...options]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, why);
    },
    async cut(name, isThere, ...options) {
      const kill = () => eventually(isThere, { timeoutMs: CUT_LIMIT_MS });
      const { code, stdout, stderr } = await lab.run([name, '--yes', ...options], kill);
      assert.equal(code, null, `${name} was not killed: ${stdout}${stderr}`);
      const entry = (await lab.journal()).phases[name];
      assert.ok(entry?.started_at && !entry.finished_at);
    },
    route() {
      const [record] = lab.cloudflare.records();
      return {
        address: record?.content,
        ttl: record?.ttl,
        port: lab.cloudflare.originRules()[0]?.action_parameters.origin.port,
      };
    },
    async renewNext() {
      const { query } = lab.next.cluster;
      await query('alter database telemy rename to telemy_before');
      await query('create database telemy owner telemy');
    },
    async close() {
      await deployment.close();
      await lab.close();
    },
  };
}
