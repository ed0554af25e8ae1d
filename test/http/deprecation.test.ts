import assert from 'node:assert/strict';
import { type ContractDocument, readContractText } from '../../src/http/contract-document.ts';
import { errors } from '../../src/http/errors.ts';
import { createResponseFaults } from '../../src/http/response-faults.ts';
import { assertError } from '../operations/common/error-body.ts';
import { type Answer, call } from '../support/http.ts';
import { type StubServer, startStubServer } from './stub-server.ts';

const ORIGIN = { Origin: 'https://dock.example.com' };
const LINK = 'https://telemyapp.com/changes';
const STATUS = { status: 'full', regions: [], updated_at: '2026-11-24T12:00:00Z' };
const CACHED = { 'Cache-Control': 'public, max-age=15' };
/** Counted by hand from the days below: 27 November 2026 and 1 June 2027, at midnight in UTC. */
const TOLD = ['@1795737600', 'Tue, 01 Jun 2027 00:00:00 GMT', `<${LINK}>; rel="deprecation"`];

/** The contract with one deprecated operation, and what belongs to that. */
function deprecate(extensions: Record<string, string>): ContractDocument {
  const document = JSON.parse(readContractText()) as ContractDocument;
  Object.assign(document.paths['/capacity/status']?.get as object, { deprecated: true, ...extensions });
  return document;
}

describe('An operation that the contract calls deprecated', () => {
  let server: StubServer;
  before(async () => {
    const days = { 'x-deprecated-at': '2026-11-27', 'x-sunset': '2027-06-01' };
    server = await startStubServer(true, deprecate({ ...days, 'x-deprecation-link': LINK }));
  });
  after(() => server.stop());

  const ask = (headers = {}) => call(server, 'GET', '/capacity/status', { headers });

  it('says since when, until when, and where to read on', async () => {
    server.answer = { status: 200, body: STATUS, headers: CACHED };
    const answer = await ask();
    assert.deepEqual([answer.status, ...told(answer)], [200, ...TOLD]);
  });

  it('says so on errors: declared ones, broken answers that become a 500, and failures', async () => {
    server.answer = errors.serviceUnavailable(new Error('The database is away.'));
    const away = await ask();
    assertError(away, 503, 'service_unavailable');
    server.answer = { status: 418 };
    const broken = await ask();
    assertError(broken, 500, 'internal_error');
    server.answer = new Error('A handler failed.');
    const failed = await ask();
    assertError(failed, 500, 'internal_error');
    for (const answer of [away, broken, failed]) assert.deepEqual(told(answer), TOLD);
  });

  it('lets pages read it', async () => {
    server.answer = { status: 200, body: STATUS, headers: CACHED };
    const exposed = (await ask(ORIGIN)).headers.get('Access-Control-Expose-Headers') ?? '';
    for (const name of ['Deprecation', 'Sunset', 'Link', 'X-Request-ID']) {
      assert.ok(exposed.split(', ').includes(name), name);
    }
  });

  it('leaves the others alone', async () => {
    server.answer = errors.unauthorized();
    const answer = await call(server, 'GET', '/usage/current', { headers: ORIGIN });
    assert.deepEqual([answer.status, ...told(answer)], [401, null, null, null]);
    assert.equal(answer.headers.get('Access-Control-Expose-Headers')?.includes('Deprecation'), false);
  });

  it('breaks the contract when it does not say so; another one when it does', () => {
    const faults = createResponseFaults();
    const days = { 'x-deprecated-at': '2026-11-27', 'x-sunset': '2027-06-01' };
    const operation = { operationId: 'getCapacityStatus', responses: { 204: {} } } as never;
    const deprecated = { ...(operation as object), ...days, deprecated: true } as never;
    const headers = { deprecation: TOLD[0], sunset: TOLD[1] };
    assert.deepEqual(faults(deprecated, 204, null, headers), []);
    assert.deepEqual(faults(deprecated, 204, null, { ...headers, sunset: 'soon' }).length, 1);
    assert.deepEqual(faults(deprecated, 204, null, {}).length, 2);
    assert.deepEqual(createResponseFaults()(operation, 204, null, headers).length, 2);
  });

  it('keeps the server from starting when its days are none', async () => {
    await assert.rejects(startStubServer(true, deprecate({ 'x-deprecated-at': '2026-11-27' })), /x-sunset is no day/);
  });
});

function told({ headers }: Answer): (string | null)[] {
  return ['Deprecation', 'Sunset', 'Link'].map((name) => headers.get(name));
}
