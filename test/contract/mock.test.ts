import assert from 'node:assert/strict';
import { fetchPath } from '../http/fetch-path.ts';
import { type Answer, call } from '../support/http.ts';
import { type Mock, startMock } from './mock-process.ts';
import { credentials, exampleRequest, type OperationUnderTest, readOperations } from './operations.ts';
import { readCall, readSituations } from './readme-calls.ts';

const OPERATIONS = readOperations();

/** All of these tests ask one Prism: it takes seconds to start. */
describe('npm run mock', function () {
  this.timeout(35_000);
  let mock: Mock;
  let hasEnded = false;

  before(async () => {
    mock = await startMock();
  });

  after(async () => {
    if (!hasEnded) await mock.stop('SIGTERM');
  });

  const ask = (operation: OperationUnderTest, prefer?: string): Promise<Answer> => {
    const { path, options } = requestFor(operation, prefer === undefined ? {} : { Prefer: prefer });
    return call(mock, operation.method, path, options);
  };

  const seen = new Set<string>();
  for (const operation of OPERATIONS) {
    const { operationId, schemes } = operation;
    // What several operations have in common is looked at once.
    const responses = operation.responses.filter(({ component }) => {
      if (component === undefined) return true;
      const isNew = !seen.has(component);
      seen.add(component);
      return isNew;
    });

    it(`answers ${operationId} with the usual example of each status, under /api/v1`, async () => {
      for (const { status, examples, bodyFaults } of operation.responses) {
        const answer = await ask(operation, `code=${status}`);
        assert.equal(answer.status, status, answer.text);
        assert.deepEqual(bodyFaults(answer.body), []);
        assert.deepEqual(answer.body, examples[0]);
        assert.match(answer.headers.get('X-Request-ID') ?? '', /^[0-9a-f-]{36}$/);
        assertHonestHeaders(answer);
      }
    });

    if (responses.some(({ named }) => named.length > 1)) {
      it(`answers ${operationId} with each of its examples by name, and the headers that go with it`, async () => {
        for (const { status, named, bodyFaults } of responses) {
          for (const { name, value } of named) {
            const answer = await ask(operation, `code=${status}, example=${name}`);
            assert.equal(answer.status, status, `${name}: ${answer.text}`);
            assert.deepEqual(answer.body, value, name);
            assert.deepEqual(bodyFaults(answer.body), [], name);
            assertHonestHeaders(answer);
          }
        }
      });
    }

    if (schemes.length > 0) {
      it(`answers ${operationId} with 401 when there are no credentials`, async () => {
        const answer = await ask({ ...operation, schemes: [] });
        assert.equal(answer.status, 401, answer.text);
        assert.equal(answer.body.error.code, 'unauthorized');
      });
    }
  }

  describe('asked for what there is not', () => {
    const active = OPERATIONS.find(({ operationId }) => operationId === 'getActiveRelay') as OperationUnderTest;

    for (const prefer of ['code=418', 'code=busy', 'example=nonsense', 'code=200, example=stopped']) {
      it(`says so to Prefer: ${prefer}, and lists what there is`, async () => {
        const { status, body, text } = await ask(active, prefer);
        assert.equal(status, 400, text);
        assert.doesNotMatch(body.detail, /NaN/);
        assert.deepEqual(
          body.answers,
          Object.fromEntries(active.responses.map(({ status, named }) => [status, named.map(({ name }) => name)])),
        );
      });
    }

    for (const target of [
      'http://127.0.0.1:1/api/v1/capacity/status',
      '//127.0.0.1:1/',
      '/api/v1/relay/sessions/%zz',
    ]) {
      it(`refuses ${target}, asks no other host for it, and goes on`, async () => {
        const { status, body } = await fetchPath(mock.url, target);
        assert.equal(status, 400);
        assert.match(body.detail, /is no path of this mock/);
        assert.equal((await ask(active)).status, 200);
      });
    }

    it('answers nothing outside of /api/v1', async () => {
      const response = await fetch(`${mock.url}/relay/active`, { headers: credentials('bearerAuth', 'anything') });
      assert.equal(response.status, 404);
    });
  });

  it('answers JSON that cannot be read with 400, and does not wait for more of it', async () => {
    const login = OPERATIONS.find(({ operationId }) => operationId === 'startPluginLogin') as OperationUnderTest;
    const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"client":' };
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(`${mock.url}/api/v1${login.path}`, { ...options, signal });
    const { error } = (await answer.json()) as { error: { code: string } };
    assert.deepEqual([answer.status, error.code], [400, 'invalid_request']);
  });

  it('tells an idempotent replay from the live session of a connection by Idempotent-Replayed', async () => {
    const start = OPERATIONS.find(({ operationId }) => operationId === 'startRelay') as OperationUnderTest;
    for (const [example, header] of [['replayed_active', 'true'] as const, ['active', null] as const]) {
      const { status, headers } = await ask(start, `example=${example}`);
      assert.deepEqual([status, headers.get('Idempotent-Replayed')], [200, header]);
    }
  });

  describe('answers the calls of the README as it says:', () => {
    const situations = readSituations();

    it('there are twenty', () => assert.equal(situations.length, 20));

    for (const { title, command, status, headers, fields } of situations) {
      it(title, async () => {
        const { url, method, headers: sent, body } = readCall(command);
        const target = url.replace('http://127.0.0.1:4010', mock.url);
        const answer = await fetch(target, { method, headers: sent, ...(body === undefined ? {} : { body }) });
        const text = await answer.text();
        assert.equal(answer.status, status, text);
        assert.notEqual(fields.length, 0);
        for (const [name, value] of headers) assert.equal(answer.headers.get(name), value);
        for (const [path, value] of fields) assert.equal(String(lookUp(JSON.parse(text), path)), value, path);
      });
    }
  });

  it('says what to do when its port is taken', async () => {
    const { port } = new URL(mock.url);
    await assert.rejects(startMock(['--port', port]), /port \d+ is taken\. Choose another one with --port/);
  });

  describe('at its end', () => {
    it('goes cleanly on SIGTERM', async () => {
      hasEnded = true;
      assert.deepEqual(await mock.stop('SIGTERM'), [0, null]);
      await assert.rejects(fetch(`${mock.url}/api/v1/relay/active`), TypeError);
    });
  });
});

/** Headers say the same as the body. */
function assertHonestHeaders({ status, headers, body }: Answer): void {
  const told = /Try again in (\d+) seconds?\./.exec(body?.error?.message ?? '')?.[1];
  if (told !== undefined) assert.equal(headers.get('Retry-After'), told);
  if (status === 503) assert.match(headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
  if (status === 429) {
    const limit = ['Limit', 'Remaining', 'Reset'].map((name) => headers.get(`X-RateLimit-${name}`));
    assert.deepEqual(limit, [String(body.error.details.limit), '0', headers.get('Retry-After')]);
  }
  const etag = headers.get('ETag');
  if (etag !== null && body) assert.equal(etag, `W/"${body.session.session_id}-${body.session.version}"`);
}

function lookUp(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], body);
}

/** A request with the contract's examples, and credentials of the first scheme that lets callers in. */
function requestFor(operation: OperationUnderTest, headers: Record<string, string> = {}) {
  const { path, headers: own } = exampleRequest(operation);
  const [scheme] = operation.schemes;
  const authorization = scheme === undefined ? {} : credentials(scheme, 'anything');
  return { path, options: { headers: { ...own, ...authorization, ...headers }, body: operation.body } };
}
