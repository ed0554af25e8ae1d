import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopRelayHost } from '../../../src/features/relay/providers/local/index.ts';
import { exitWithin, type ServerProcess, type ServerRole, startServerProcess } from '../process.ts';
import { runCommand } from '../run-command.ts';
import { TEST_SECRETS } from '../test-app.ts';

/** Server processes that come and go on one database and one data folder. */
export interface Deployment {
  /** Marks its relays. */
  name: string;
  /** Has the host of its relays in `relays`. */
  dataDir: string;
  /** Starts a process with what the environment is now. */
  start(role?: ServerRole): Promise<ServerProcess>;
  /** Ends one as an operator does, and waits until it has drained. */
  end(server: ServerProcess): Promise<void>;
  /** An operator's command, such as `migrate`. @throws Error with what it wrote when it fails. */
  command(...args: string[]): Promise<string>;
  /** Ends all that is left, relays included. */
  close(): Promise<void>;
}

const DRAIN_LIMIT_MS = 30_000;

/** A deployment of two releases. */
export interface MixedDeployment extends Deployment {
  /** The same database and data folder, worked on by the code of another checkout; `close` ends it too. */
  by(root: string): Omit<Deployment, 'close'>;
}

/** @param env what every process gets, read anew for each. */
export async function openDeployment(env: () => Promise<Record<string, string>>): Promise<MixedDeployment> {
  const dataDir = await mkdtemp(join(tmpdir(), 'deployment-'));
  const deployment = `ops-${process.pid}-${dataDir.slice(-6).toLowerCase()}`.slice(0, 32);
  const running = new Set<ServerProcess>();

  async function end(server: ServerProcess): Promise<void> {
    server.kill('SIGTERM');
    const { code } = await exitWithin(server, DRAIN_LIMIT_MS);
    running.delete(server);
    if (code !== 0) throw new Error(`It ended with ${code}:\n${server.output()}`);
  }

  const by = (root?: string) => ({
    name: deployment,
    dataDir,
    async start(role: ServerRole = 'all') {
      // `env` names the database.
      const server = await startServerProcess(role, { databaseUrl: '', dataDir, deployment, env: await env(), root });
      running.add(server);
      return server;
    },
    end,
    async command(...args: string[]) {
      const all = { NODE_ENV: 'test', DATA_DIR: dataDir, ...TEST_SECRETS, ...(await env()) };
      const { code, stdout, stderr } = await runCommand(args, all, root);
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
      return stdout;
    },
  });

  return {
    ...by(),
    by,
    async close() {
      for (const server of running) server.kill('SIGKILL');
      await Promise.all([...running].map(({ exited }) => exited));
      await stopRelayHost(join(dataDir, 'relays'));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
