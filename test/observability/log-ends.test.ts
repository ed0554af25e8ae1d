import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const LOGGER = pathToFileURL(resolve(import.meta.dirname, '../../src/observability/logger.ts')).href;
/** More than is written at once, and a rest. */
const LINES = 401;

/** A process that logs so many lines and then does as told; what it wrote, and how it ended. */
async function logThen(then: string) {
  const code = `
    const { createLogger } = await import(${JSON.stringify(LOGGER)});
    const logger = createLogger({ level: 'info' });
    for (let line = 1; line <= ${LINES}; line += 1) logger.info({ line }, 'request');
    ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
  });
  const [written, [exit]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const lines = written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).line);
  return { lines, exit };
}

const all = Array.from({ length: LINES }, (_, index) => index + 1);

describe('The lines of a process that ends', () => {
  it('are all written when it ends by itself', async () => {
    assert.deepEqual(await logThen(''), { lines: all, exit: 0 });
  });

  it('are all written when it is told to end at once, as after SIGTERM', async () => {
    assert.deepEqual(await logThen('process.exit(3);'), { lines: all, exit: 3 });
  });

  it('are all written when it crashes', async () => {
    assert.deepEqual(await logThen("throw new Error('crash');"), { lines: all, exit: 1 });
  });
});
