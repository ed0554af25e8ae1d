import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { OPERATIONS } from '../operations/common/contract.ts';
import { exampleBody, exampleRequest } from '../operations/common/example-request.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { useApp } from '../support/test-app.ts';
import { sendWebhook } from '../support/webhooks.ts';
import { fetchPath } from './fetch-path.ts';

const LEVELS = 100_000;
const DEEP_LIST = `${'['.repeat(LEVELS)}${']'.repeat(LEVELS)}`;
const DEEP_OBJECT = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`;

/** JSON values that are hard on whoever reads them. */
const HARD: [name: string, json: string][] = [
  ['100,000 lists in each other', DEEP_LIST],
  ['100,000 objects in each other', DEEP_OBJECT],
  ['a number beyond all', '1e999999'],
  ['a number of 500,000 digits', '9'.repeat(500_000)],
  ['a text of a million characters', `"${'x'.repeat(1_000_000)}"`],
  ['half of a pair of surrogates', '"\\ud800"'],
  ['a list of 200,000', `[${Array(200_000).fill('1').join(',')}]`],
  [
    'the names of JavaScript',
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"toString":1}',
  ],
];

describe('Bodies that mean harm', () => {
  const app = useApp();

  afterEach(() => {
    // The server runs in this process: what it pollutes is seen here.
    assert.deepEqual([Object.keys(Object.prototype), ({} as { isAdmin?: boolean }).isAdmin], [[], undefined]);
    assert.deepEqual([typeof {}.toString, [].constructor], ['function', Array]);
  });

  for (const operation of OPERATIONS.filter(({ body }) => body)) {
    it(`${operation.operationId} reads each hard value, known or unknown, and answers what it would anyway or 4xx`, async () => {
      const caller = await signInNewUser(app());
      const fields = exampleBody(operation, caller) ?? {};
      const known = Object.keys(operation.body?.schema.properties ?? {});
      for (const [name, json] of HARD) {
        for (const field of ['unknown', ...known.slice(0, 2)]) {
          const others = Object.entries(fields).filter(([one]) => one !== field);
          const rest = others.map(([one, value]) => `,${JSON.stringify(one)}:${JSON.stringify(value)}`).join('');
          const { method, path, headers, body } = exampleRequest(operation, caller, `{"${field}":${json}${rest}}`);
          const { status, text } = await call(app(), method, path, { headers, body });
          assert.ok(status < 500 || status === 503, `${name} as ${field}: ${status} ${text}`);
        }
      }
      assert.equal((await fetchPath(app().url, '/healthz')).status, 200);
    });
  }

  it('of the seller, signed and hard to read, are kept and end as dead, and the worker goes on', async () => {
    for (const [, json] of HARD) {
      const answer = await sendWebhook(app(), `{"meta":{"event_name":"subscription_updated"},"data":${json}}`);
      assert.equal(answer.status, 200);
    }
    await eventually(async () => {
      const events = await app().database('billing_events').select('state').where({ state: 'received' });
      assert.deepEqual(events, []);
    });
    const states = await app().database('billing_events').distinct('state').pluck('state');
    assert.deepEqual(states, ['dead']);
  });

  it('that name a field twice mean the last one, for the check and for the work alike', async () => {
    const { token } = await signInNewUser(app());
    const ask = (body: string) => call(app(), 'POST', '/user/regenerate-token', { token, body });
    assert.equal((await ask('{"slot_number":"x","slot_number":2}')).body.slot_number, 2);
    assert.equal((await ask('{"slot_number":2,"slot_number":"x"}')).status, 400);
  });

  it('and queries and paths with the names of JavaScript find nothing and change nothing', async () => {
    const { token } = await signInNewUser(app());
    for (const name of ['__proto__', 'constructor', 'constructor.prototype', 'toString', 'hasOwnProperty']) {
      const answers = await Promise.all([
        call(app(), 'GET', `/relay/sessions/${name}`, { token }),
        call(app(), 'GET', `/relay/active?${name}[isAdmin]=true&${name}=1`, { token }),
        call(app(), 'PUT', `/user/stream-slots/${name}/label`, { token, body: { label: 'x' } }),
        call(app(), 'POST', '/relay/start', {
          token,
          headers: { 'Idempotency-Key': randomUUID() },
          body: { region_preference: name },
        }),
        fetchPath(app().url, `/docs/assets/${name}`),
        fetchPath(app().url, `/docs/guides/${name}`),
        fetchPath(app().url, `/${name}`),
      ]);
      for (const { status, text } of answers) assert.ok(status === 204 || (status >= 400 && status < 500), text);
    }
  });

  it('lead out of no folder: documentation is sent by name, whatever a path climbs', async () => {
    const climbs = [
      '../../package.json',
      '..%2f..%2fpackage.json',
      '..%5c..%5cpackage.json',
      '%2e%2e/%2e%2e/package.json',
    ];
    for (const base of ['/docs/assets/', '/docs/guides/', '/docs/', '/assets/', '/login/', '/']) {
      for (const climb of [...climbs, '....//....//etc/passwd', '%00package.json', '/etc/passwd']) {
        const { status, text } = await fetchPath(app().url, `${base}${climb}`);
        assert.ok([400, 404].includes(status), `${base}${climb}: ${status}`);
        assert.equal(text.includes('@telemy/control-plane') || text.includes('root:'), false);
      }
    }
  });
});
