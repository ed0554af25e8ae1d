import assert from 'node:assert/strict';
import type { ContractOperation } from '../../src/http/contract-document.ts';
import { warmUp } from '../../src/http/warm-up.ts';
import { createLogger } from '../../src/observability/logger.ts';

const operations = [
  { operationId: 'getActiveRelay', responses: { 200: {}, 401: {} } },
  { operationId: 'logout', responses: { 204: {}, 503: {} } },
] as unknown as ContractOperation[];
const ALL = ['getActiveRelay', 'getActiveRelay 200', 'logout', 'logout 204'];

/** Warms up for two operations; `hear` is told of each compilation as it begins. */
async function warm(hear: (what: string, ending: AbortController) => void) {
  const done: string[] = [];
  const lines: string[] = [];
  const ending = new AbortController();
  const compile = (what: string) => {
    done.push(what);
    hear(what, ending);
  };
  await warmUp({
    contract: { operations, prepare: compile },
    responseFaults: ({ operationId }, status) => {
      compile(`${operationId} ${status}`);
      return [];
    },
    signal: ending.signal,
    logger: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
  });
  return { done, lines };
}

describe('the warm-up', () => {
  it("prepares each operation's requests and each of its good answers, no errors", async () => {
    const { done, lines } = await warm(() => {});
    assert.deepEqual(done, ALL);
    assert.deepEqual(lines, []);
  });

  it('lets whatever else there is to do go first, before each of them', async () => {
    let others = 0;
    const between: number[] = [];
    const other = () => {
      others += 1;
      if (between.length < ALL.length) setImmediate(other);
    };
    other();
    await warm(() => void between.push(others));
    assert.equal(new Set(between).size, ALL.length);
  });

  it('ends where it is when the server begins to drain', async () => {
    const { done } = await warm((what, ending) => what === 'getActiveRelay 200' && ending.abort());
    assert.deepEqual(done, ALL.slice(0, 2));
  });

  it('logs what cannot be compiled, and leaves the server up', async () => {
    const { lines } = await warm((what) => {
      if (what === 'logout') throw new Error('no such format');
    });
    const [line = '{}'] = lines;
    assert.equal(JSON.parse(line).msg, 'warm_up_failed');
    assert.equal(JSON.parse(line).err.message, 'no such format');
  });
});
