import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { COMMON_STATUSES } from '../operations/common/common-statuses.ts';
import { NOTED_FAULTS } from '../support/answer-check.ts';
import type { Break } from './breaks.ts';
import { BREAK, MET_FILE } from './in-mocha.ts';

/** What the tests of one operation made of its answers. */
export interface MochaRun {
  passed: number;
  failed: number;
  /** What the tests' own client found wrong with answers by the contract; empty for nothing. */
  faults: string;
  /** Whether any test got a broken answer. */
  met: boolean;
  output: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
const MOCHA = resolve(ROOT, 'node_modules/mocha/bin/mocha.js');
const TESTS = resolve(ROOT, 'test/operations');
const LIMIT_MS = 240_000;

/**
 * Runs the tests of one operation in a process of their own, whose answers are broken if told so; then only up to the
 * first test that fails. The faults that the client of the tests finds are noted, not thrown: so each can be seen to
 * catch a break, or not to.
 *
 * @param statuses whose table-driven tests take part, beside all of the operation's own.
 * @throws Error when the tests did not run to their end.
 */
export async function runMocha(operationId: string, statuses: number[], broken?: Break): Promise<MochaRun> {
  const folder = await mkdtemp(join(tmpdir(), 'telemy-bite-'));
  const files = { faults: join(folder, 'faults'), met: join(folder, 'met') };
  const args = ['--require', 'test/bite/in-mocha.ts', '--posix-exit-codes', '--grep', `\\b${operationId}\\b`];
  if (broken) args.push('--bail');
  try {
    const mocha = spawn(process.execPath, [MOCHA, ...args, ...testFiles(operationId, statuses, broken)], {
      cwd: ROOT,
      env: {
        ...process.env,
        [NOTED_FAULTS]: files.faults,
        [MET_FILE]: files.met,
        ...(broken ? { [BREAK]: JSON.stringify(broken) } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    });
    let output = '';
    for (const stream of [mocha.stdout, mocha.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    await once(mocha, 'close');
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
    if (passed === undefined || Number(passed) + Number(failed) === 0)
      throw new Error(`The tests of ${operationId} did not run to their end:\n${output}`);
    const read = (file: string) => readFile(file, 'utf8').catch(() => '');
    const [faults, met] = await Promise.all([read(files.faults), read(files.met)]);
    return { passed: Number(passed), failed: Number(failed), faults, met: met !== '', output };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** All of the operation's own, those of the broken status first, and the table-driven ones. */
function testFiles(operationId: string, statuses: number[], broken?: Break): string[] {
  const isNear = (name: string) => broken !== undefined && name.startsWith(String(broken.status));
  const own = readdirSync(join(TESTS, operationId))
    .filter((name) => name.endsWith('.test.ts'))
    .sort((a, b) => Number(isNear(b)) - Number(isNear(a)));
  const common = statuses.flatMap((status) => {
    const test = status === 400 ? 'malformed-body.test.ts' : COMMON_STATUSES[status]?.test;
    return test === undefined ? [] : [join(TESTS, 'common', test)];
  });
  return [...own.map((name) => join(TESTS, operationId, name)), ...new Set(common)];
}

/** Statuses whose table-driven tests can notice the break: those of its answer, and of the limits whose headers are gone. */
export function commonStatuses({ status, place: [header = ''] }: Break): number[] {
  return header.startsWith('x-ratelimit') ? [status, 429] : [status];
}
