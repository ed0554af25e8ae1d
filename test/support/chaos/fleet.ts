import type { Deployment } from '../ops/deployment.ts';
import { exitWithin, type ServerProcess } from '../process.ts';

export type PartRole = 'api' | 'worker';

/** A server process of the run. */
export interface Part {
  role: PartRole;
  server: ServerProcess;
  /** It was killed: requests that were under way there may have got no answer. */
  killed: boolean;
  /** It was told to end, so its end is no surprise. */
  leaving: boolean;
}

/** The server processes of a run, as they come and go. */
export interface Fleet {
  /** Those that take work now. */
  apis(): readonly Part[];
  workers(): readonly Part[];
  add(role: PartRole): Promise<Part>;
  /** SIGKILL to one that takes work, and waits until it is gone. */
  kill(part: Part): Promise<void>;
  /** SIGTERM: no more requests go there, and those under way are answered. @throws Error when it ends with another code than 0. */
  drain(part: Part): Promise<void>;
  /** What the processes wrote, for whoever looks for the cause of a failure. */
  logs(): { name: string; text: string }[];
  /** Those that ended and were not told to. */
  fallen(): string[];
}

const DRAIN_LIMIT_MS = 30_000;

export function createFleet(deployment: Deployment): Fleet {
  const parts: Part[] = [];
  const fallen: string[] = [];
  const present = (role: PartRole) => parts.filter((part) => part.role === role && !part.leaving);
  return {
    apis: () => present('api'),
    workers: () => present('worker'),
    async add(role) {
      const part: Part = { role, server: await deployment.start(role), killed: false, leaving: false };
      parts.push(part);
      void part.server.exited.then(({ code, signal }) => {
        if (!part.leaving) fallen.push(`${role} ${part.server.pid} ended with ${code ?? signal}`);
        part.leaving = true;
      });
      return part;
    },
    async kill(part) {
      part.leaving = true;
      part.killed = true;
      part.server.kill('SIGKILL');
      await part.server.exited;
    },
    async drain(part) {
      part.leaving = true;
      part.server.kill('SIGTERM');
      const { code, signal } = await exitWithin(part.server, DRAIN_LIMIT_MS);
      if (code !== 0) throw new Error(`${part.role} ${part.server.pid} was to drain and ended with ${code ?? signal}.`);
    },
    logs: () => parts.map(({ role, server }) => ({ name: `${role}-${server.pid}`, text: server.output() })),
    fallen: () => fallen,
  };
}
