import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BuiltStage } from './layers.ts';

/** How a process in a stage's folder ended, and all that it wrote. */
export interface ContainerOutcome {
  code: number | null;
  output: string;
}

export interface ContainerOptions {
  /** As in ENTRYPOINT, CMD or HEALTHCHECK; `node` is the one in the image. */
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Whom it runs as; undefined: this process's user. */
  user: { uid: number; gid: number } | undefined;
}

/** A process in a stage's folder. */
export interface Container {
  child: ChildProcess;
  outcome: Promise<ContainerOutcome>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a command where the image would, with the image's environment below the given one and nothing else. */
export function startContainer(stage: BuiltStage, { command, env, user }: ContainerOptions): Container {
  const [program = '', ...args] = command;
  const child = spawn(program === 'node' ? join(stage.root, 'usr/local/bin/node') : program, args, {
    cwd: join(stage.root, stage.workdir),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...stage.env, ...env },
    ...user,
  });
  running.add(child);
  const outcome = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]) => {
      running.delete(child);
      return { code: code as number | null, output: `${stdout}${stderr}` };
    },
  );
  return { child, outcome };
}

/** Runs a command to its end. */
export function runContainer(stage: BuiltStage, options: ContainerOptions): Promise<ContainerOutcome> {
  return startContainer(stage, options).outcome;
}
