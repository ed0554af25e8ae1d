import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { type ServerProcess, type ServerRole, startServerProcess } from '../support/process.ts';
import { startTestApp, type TestApp } from '../support/test-app.ts';
import { createTestDatabase } from '../support/test-run.ts';

/** A database, a data folder and a host of relays of its own, and processes that may be killed at any time. */
export interface Lab {
  /**
   * Serves the API in this process, and has what a test looks into: database, provider, faults. It does no background
   * work.
   */
  api: TestApp;
  deployment: string;
  start(role: ServerRole, env?: Record<string, string>): Promise<ServerProcess>;
  /** Ends everything that is left, and removes it. */
  close(): Promise<void>;
}

/** @param env environment variables of the application here and of all processes. */
export async function openLab(env: Record<string, string> = {}): Promise<Lab> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'telemy-crash-'));
  const deployment = `crash-${randomUUID().slice(0, 8)}`;
  const here = { DATA_DIR: dataDir, DEPLOYMENT_NAME: deployment, ...env };
  const api = await startTestApp({ roles: ['api'], databaseUrl: database.url, env: here, ticking: true });
  const processes: ServerProcess[] = [];
  return {
    api,
    deployment,
    async start(role, extra = {}) {
      // Relays report to the API that is there all along.
      const own = { PUBLIC_BASE_URL: api.url, ...env, ...extra };
      const started = await startServerProcess(role, { databaseUrl: database.url, dataDir, deployment, env: own });
      processes.push(started);
      return started;
    },
    async close() {
      for (const { kill } of processes) kill('SIGKILL');
      await Promise.all(processes.map(({ exited }) => exited));
      await api.stop();
      await stopRelayHost(join(dataDir, 'relays'));
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
