import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Instruction, readCopy, type Stage } from '../../../scripts/check-deploy/dockerfile.ts';
import type { Ignores } from '../../../scripts/check-deploy/ignore-file.ts';

/** A stage whose steps were carried out in a folder of this machine. */
export interface BuiltStage {
  /** What stands for the stage's `/`. */
  root: string;
  /** Its last WORKDIR. */
  workdir: string;
  env: Record<string, string>;
  /** RUN lines that need the image's own distribution. */
  skipped: string[];
}

export interface BuildOptions {
  /** Where COPY without `--from` finds its sources. */
  context: string;
  ignores: Ignores;
}

/** Where node is in the image. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Carries out the COPY and RUN lines of a Dockerfile's stages, one by one, in empty folders. What installs packages of the
 * distribution is left out; the base image is this machine with its node and npm.
 *
 * @returns the last stage.
 * @throws Error with what a command wrote when it fails.
 */
export async function buildStages(stages: readonly Stage[], options: BuildOptions): Promise<BuiltStage> {
  const built = new Map<string, BuiltStage>();
  let last: BuiltStage | undefined;
  for (const stage of stages) {
    last = await buildStage(stage, built, options);
    if (stage.name !== undefined) built.set(stage.name, last);
  }
  if (!last) throw new Error('The Dockerfile has no stage.');
  return last;
}

async function buildStage(stage: Stage, built: Map<string, BuiltStage>, options: BuildOptions): Promise<BuiltStage> {
  const root = await mkdtemp(join(tmpdir(), `image-${stage.name ?? 'final'}-`));
  const layer: BuiltStage = { root, workdir: '/', env: {}, skipped: [] };
  for (const instruction of stage.instructions) {
    if (instruction.name === 'WORKDIR') {
      layer.workdir = instruction.text;
      await mkdir(join(root, layer.workdir), { recursive: true });
    } else if (instruction.name === 'ENV') Object.assign(layer.env, readEnv(instruction));
    else if (instruction.name === 'COPY') await copy(instruction, layer, built, options);
    else if (instruction.name === 'RUN') {
      if (/\bapt-get\b/.test(instruction.text)) layer.skipped.push(instruction.text);
      else await run(instruction.text, layer);
    }
  }
  return layer;
}

async function copy(
  instruction: Instruction,
  layer: BuiltStage,
  built: Map<string, BuiltStage>,
  options: BuildOptions,
) {
  const { from, sources, target } = readCopy(instruction);
  const origin = from === undefined ? options.context : built.get(from)?.root;
  if (origin === undefined) throw new Error(`There is no stage ${from}.`);
  const to = join(layer.root, resolve(layer.workdir, target));
  for (const source of sources) {
    const path = join(origin, source);
    // As Docker does: a folder's content goes into the target, a file into it or, without a slash, becomes it.
    const isInto = !(await stat(path)).isDirectory() && (target.endsWith('/') || target === '.' || sources.length > 1);
    const relative = (one: string) => one.slice(origin.length + 1);
    await cp(path, isInto ? join(to, basename(source)) : to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (one) => from !== undefined || !options.ignores(relative(one)) || one === path,
    });
  }
}

async function run(command: string, layer: BuiltStage): Promise<void> {
  const child = spawn('sh', ['-ec', command], {
    cwd: join(layer.root, layer.workdir),
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of npm's settings in the run that this test is part of.
    env: { PATH: process.env.PATH ?? SYSTEM_PATH, HOME: process.env.HOME, ...wayOut(), ...layer.env },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`RUN ${command} ended with ${code}:\n${stdout}\n${stderr}`);
}

function readEnv({ text: pairs }: Instruction): Record<string, string> {
  return Object.fromEntries(pairs.split(/\s+/).map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]));
}

/** How this machine reaches the packages: without its certificates npm would try each of them again and again. */
function wayOut(): Record<string, string | undefined> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'];
  return Object.fromEntries(
    names.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]),
  );
}
