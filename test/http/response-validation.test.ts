import assert from 'node:assert/strict';
import { errors } from '../../src/http/errors.ts';
import { assertError } from '../operations/common/error-body.ts';
import { type Answer, call } from '../support/http.ts';
import { type StubAnswer, type StubServer, startStubServer } from './stub-server.ts';

const ATTEMPT = {
  login_attempt_id: 'pla_1',
  authorize_url: 'https://example.com/login',
  poll_token: 'secret-of-the-answer',
  expires_at: '2026-11-24T12:10:00Z',
  user_code: 'BXDK-QWLR',
  poll_interval_seconds: 3,
};
const GOOD: StubAnswer = { status: 201, body: ATTEMPT };
const { poll_token: _, ...WITHOUT_TOKEN } = ATTEMPT;

const start = (server: StubServer) =>
  call(server, 'POST', '/auth/plugin/login/start', { body: { client: { platform: 'test' } } });
const decide = (server: StubServer) =>
  call(server, 'POST', '/auth/plugin/login/complete', { body: { login_attempt_id: 'pla_1', outcome: 'denied' } });
const readUsage = (server: StubServer) => call(server, 'GET', '/usage/current');
const readActive = (server: StubServer) => call(server, 'GET', '/relay/active');

const BROKEN: [name: string, send: (server: StubServer) => Promise<Answer>, answer: StubAnswer | Error][] = [
  ['a status that is not declared', start, { ...GOOD, status: 200 }],
  ['a status that is declared for other operations only', readUsage, { status: 304 }],
  ['a body without a required field', start, { status: 201, body: WITHOUT_TOKEN }],
  ['a field of another type', start, { status: 201, body: { ...ATTEMPT, poll_interval_seconds: '3' } }],
  ['a time in another format', start, { status: 201, body: { ...ATTEMPT, expires_at: '24.11.2026 12:10' } }],
  ['an id of another kind', start, { status: 201, body: { ...ATTEMPT, login_attempt_id: 'usr_1' } }],
  ['null where nothing says so', start, { status: 201, body: { ...ATTEMPT, poll_token: null } }],
  ['no body where one is declared', start, { status: 201 }],
  ['a body where none is declared', decide, { status: 204, body: ATTEMPT }],
  ['a header that is not declared', start, { ...GOOD, headers: { 'X-Debug': 'secret-of-the-answer' } }],
  [
    'a declared header of another form',
    readActive,
    { status: 304, headers: { ETag: 'W/"1"', 'X-RateLimit-Limit': 'x' } },
  ],
  ['no header where one is required', readActive, { status: 304 }],
  ['an error that is not declared', start, errors.conflict('secret-of-the-answer')],
];

describe('An answer that breaks the contract', () => {
  let strict: StubServer;
  let production: StubServer;
  before(async () => {
    strict = await startStubServer(true);
    production = await startStubServer(false);
  });
  after(async () => {
    await strict.stop();
    await production.stop();
  });

  const violations = async (server: StubServer) => {
    const { values } = await server.metrics.contractViolations.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  };

  for (const [name, send, answer] of BROKEN) {
    it(`${name}: becomes a 500 that keeps its body to itself`, async () => {
      strict.answer = answer;
      const before = await violations(strict);
      const logged = strict.logLines.length;
      const received = await send(strict);
      const error = assertError(received, 500, 'internal_error');
      assert.deepEqual(error.details, {});
      assert.equal(received.text.includes('secret-of-the-answer'), false);
      assert.equal(await violations(strict), before + 1);
      const lines = strict.logLines.slice(logged);
      assert.equal(lines.filter((line) => line.includes('breaks the contract')).length, 1);
      assert.equal(lines.join('').includes('secret-of-the-answer'), false);
    });
  }

  it('is sent, counted and logged in production: people are not punished for our fault', async () => {
    production.answer = { status: 201, body: { ...ATTEMPT, poll_interval_seconds: '3' } };
    const { status, body } = await start(production);
    assert.deepEqual([status, body.poll_interval_seconds], [201, '3']);
    assert.equal(await violations(production), 1);
    assert.equal(production.logLines.filter((line) => line.includes('contract_violation')).length, 1);
    production.answer = errors.conflict('told to the caller');
    assertError(await start(production), 409, 'conflict');
    assert.equal(await violations(production), 2);
  });

  it('a good answer and a declared error pass, with fields that may be added at any time', async () => {
    strict.answer = { status: 201, body: { ...ATTEMPT, future: { at: 1 } } };
    const before = await violations(strict);
    const { status, body } = await start(strict);
    assert.deepEqual([status, body.future], [201, { at: 1 }]);
    strict.answer = errors.invalidRequest([{ path: '/body', message: 'is declared' }]);
    assertError(await start(strict), 400, 'invalid_request');
    assert.equal(await violations(strict), before);
  });
});
