import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { CrowdOptions } from './crowd.ts';
import type { Observed } from './observed-fetch.ts';

/** A crowd in a process of its own, so that its work doesn't hold up whoever measures. */
export interface CrowdProcess {
  /** Resolves once all its plugins have ended. @throws Error when it ended badly. */
  end(): Promise<void>;
  /** Ends the process at once. */
  kill(): void;
}

/** @param onSeen hears what the plugins saw, about every second. */
export function startCrowdProcess(options: CrowdOptions, onSeen: (seen: Observed) => void): CrowdProcess {
  const child = fork(resolve(import.meta.dirname, 'crowd-main.ts'));
  const exited = once(child, 'exit') as Promise<[code: number | null]>;
  child.on('message', (seen: Observed) => onSeen(seen));
  child.send(options);
  return {
    async end() {
      if (child.connected) child.send('end');
      const [code] = await exited;
      if (code !== 0) throw new Error(`A process of plugins ended with ${code}.`);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
