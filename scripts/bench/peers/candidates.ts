import { resolve } from 'node:path';
import { findFreePort } from '../../../test/support/free-port.ts';
import { type Daemon, startDaemon } from '../../../test/support/ops/daemon.ts';

/** Who is measured: ours in one process and in two, ours without validation, and the one written by hand. */
export const CANDIDATES = ['ours', 'ours x2', 'unvalidated', 'fastify'] as const;
/** Measured only when they are named: ours where each read asks the database, and the same without prepared statements. */
export const MORE_CANDIDATES = ['uncached', 'unprepared'] as const;
export type CandidateName = (typeof CANDIDATES | typeof MORE_CANDIDATES)[number];

/** A candidate that answers. */
export interface Candidate {
  name: CandidateName;
  url: string;
  /** Where ours tells its figures; the peer has none. */
  adminUrl: string;
  process: Daemon;
}

const PEERS = resolve(import.meta.dirname, '../../../test/bench/peers');
const COMMANDS: Record<CandidateName, { args: [file: string, ...string[]]; env?: Record<string, string> }> = {
  ours: { args: ['ours.ts'] },
  'ours x2': { args: ['ours.ts'], env: { WEB_CONCURRENCY: '2' } },
  unvalidated: { args: ['ours.ts', '--unvalidated'] },
  uncached: { args: ['ours.ts', '--uncached'] },
  unprepared: { args: ['ours.ts', '--uncached', '--unprepared'] },
  fastify: { args: ['fastify.ts'] },
};

export interface CandidateOptions {
  /** DATABASE_URL, DATA_DIR and the secrets. */
  env: Record<string, string>;
  /** Arguments on top of its own. */
  more?: readonly string[];
}

/**
 * Starts a candidate as a process of its own and waits until it answers. Stop its process at the end.
 *
 * @throws Error with all that it wrote when it doesn't.
 */
export async function startCandidate(name: CandidateName, { env, more = [] }: CandidateOptions): Promise<Candidate> {
  const { args: command, env: own } = COMMANDS[name];
  const [file, ...args] = command;
  const address = `127.0.0.1:${await findFreePort()}`;
  const adminAddress = `127.0.0.1:${await findFreePort()}`;
  const url = `http://${address}`;
  const process_ = await startDaemon({
    file: process.execPath,
    args: [resolve(PEERS, file), ...args, ...more],
    env: { ...env, ...own, LISTEN_ADDR: address, ADMIN_LISTEN_ADDR: adminAddress },
    assertReady: async () => {
      const { status } = await fetch(`${url}/healthz`);
      if (status !== 200) throw new Error(`/healthz says ${status}`);
    },
    stopSignal: 'SIGTERM',
    killSignal: 'SIGKILL',
  });
  return { name, url, adminUrl: `http://${adminAddress}`, process: process_ };
}
