import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../support/eventually.ts';
import { call } from '../support/http.ts';
import { credentials, exampleRequest, type OperationUnderTest, readOperations } from './operations.ts';

const OPERATIONS = readOperations();
const START_LIMIT_MS = 30_000;

describe('npm run mock', function () {
  this.timeout(START_LIMIT_MS + 5_000);
  let mock: Mock;
  let url = '';

  before(async () => {
    mock = await startMock();
    ({ url } = mock);
  });

  after(async () => {
    await mock.stop('SIGTERM');
  });

  for (const operation of OPERATIONS) {
    const { operationId, method, schemes, responses } = operation;

    for (const { status, examples, bodyFaults } of responses.filter((response) => response.status < 400)) {
      it(`answers ${operationId} with the contract's example of ${status}, under /api/v1`, async () => {
        const { path, options } = requestFor(operation, { Prefer: `code=${status}` });
        const answer = await call({ url }, method, path, options);
        assert.equal(answer.status, status, answer.text);
        assert.deepEqual(bodyFaults(answer.body), []);
        assert.deepEqual(answer.body, examples[0]);
        assert.match(answer.headers.get('X-Request-ID') ?? '', /^[0-9a-f-]{36}$/);
      });
    }

    if (schemes.length > 0) {
      it(`answers ${operationId} with 401 when there are no credentials`, async () => {
        const { path, options } = requestFor({ ...operation, schemes: [] });
        const answer = await call({ url }, method, path, options);
        assert.equal(answer.status, 401, answer.text);
        assert.equal(answer.body.error.code, 'unauthorized');
      });
    }

    for (const conflict of responses.filter((response) => response.status === 409)) {
      it(`answers ${operationId} with 409 when asked to by Prefer`, async () => {
        const { path, options } = requestFor(operation, { Prefer: 'code=409' });
        const answer = await call({ url }, method, path, options);
        assert.equal(answer.status, 409, answer.text);
        assert.deepEqual(conflict.bodyFaults(answer.body), []);
      });
    }
  }

  it('answers nothing outside of /api/v1', async () => {
    const response = await fetch(`${url}/relay/active`, { headers: credentials('bearerAuth', 'anything') });
    assert.equal(response.status, 404);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends cleanly on ${signal}`, async () => {
      const other = await startMock();
      assert.deepEqual(await other.stop(signal), [0, null]);
      await assert.rejects(fetch(`${other.url}/api/v1/relay/active`), TypeError);
    });
  }
});

interface Mock {
  url: string;
  /** Sends the signal and waits for the end: its exit code, or the signal that it died of. */
  stop(signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]>;
}

async function startMock(): Promise<Mock> {
  const mock = spawn(process.execPath, ['scripts/mock.ts', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(mock, 'exit') as ReturnType<Mock['stop']>;
  let said = '';
  for (const stream of [mock.stdout, mock.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const find = () => {
    const [, url] = /listens on (http:\/\/[\d.:]+)\/api\/v1/.exec(said) ?? [];
    if (url === undefined) throw new Error(`The mock told no address: ${said}`);
    return url;
  };
  const stop: Mock['stop'] = (signal) => {
    mock.kill(signal);
    return exit;
  };
  try {
    return { url: await eventually(find, { timeoutMs: START_LIMIT_MS, intervalMs: 50 }), stop };
  } catch (error) {
    await stop('SIGTERM');
    throw error;
  }
}

/** A request with the contract's examples, and credentials of the first scheme that lets callers in. */
function requestFor(operation: OperationUnderTest, headers: Record<string, string> = {}) {
  const { path, headers: own } = exampleRequest(operation);
  const [scheme] = operation.schemes;
  const authorization = scheme === undefined ? {} : credentials(scheme, 'anything');
  return { path, options: { headers: { ...own, ...authorization, ...headers }, body: operation.body } };
}
