import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { faultPaths } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';
import { readPage, signInMidCycle, storeUsage } from './pages.ts';

const GOOD = [
  '2026-11-24T12:05:52.310Z',
  '2026-11-03T09:12:44.000Z',
  '2026-12-03T09:12:44.000Z',
  '2026-11-23T18:02:11.518000Z',
  'ses_019aa1c30000710092a3b4c5d6e7f809',
];

function cursorOf(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** The good one with another value in one place. */
function changed(place: number, value: unknown): string {
  return cursorOf(GOOD.with(place, value as string));
}

const MALFORMED: Record<string, string> = {
  'no text at all': '',
  'what the contract has no letters for': '../etc',
  'text that is far too long': 'a'.repeat(513),
  'no encoding of ours': 'ses_019aa1c30000710092a3b4c5d6e7f809',
  'no JSON': cursorOf('[1,'),
  'no list': cursorOf({}),
  'an empty list': cursorOf([]),
  'a value too many': cursorOf([...GOOD, 1]),
  'blanks that we never write': cursorOf(JSON.stringify(GOOD, null, 1)),
  'a number for a time': changed(0, 1_795_000_000),
  'a day that no calendar has': changed(0, '2026-11-31T12:05:52.310Z'),
  'a year that PostgreSQL does not know': changed(3, '0000-11-23T18:02:11.518000Z'),
  'a time without its zone': changed(3, '2026-11-23T18:02:11.518000'),
  'an instant behind its cycle': changed(0, GOOD[2]),
  'an instant before its cycle': changed(1, GOOD[2]),
  'the id of something else': changed(4, 'usr_019aa1c30000710092a3b4c5d6e7f809'),
  'an id with NUL': changed(4, 'ses_\u0000'),
  'SQL for an id': changed(4, "ses_' or 1=1 --"),
};

describe('listUsageSessions 400', () => {
  const app = useApp({ roles: ['api'] });
  let token: string;

  before(async () => {
    ({ token } = await signInNewUser(app()));
  });

  const get = (query: string) => call(app(), 'GET', `/usage/sessions?${query}`, { token });

  for (const [what, cursor] of Object.entries(MALFORMED)) {
    it(`refuses a cursor that is ${what}`, async () => {
      assert.deepEqual(faultPaths(await get(`cursor=${encodeURIComponent(cursor)}`)), ['/query/cursor']);
    });
  }

  it('takes the same cursor as it should be, and one of its own that a letter was changed in never as a 5xx', async () => {
    assert.equal((await get(`cursor=${cursorOf(GOOD)}`)).status, 200);
    const owner = await signInMidCycle(app());
    for (const from of [200, 100]) await storeUsage(app(), owner.user.id, [[from, from - 50]]);
    const { next_cursor } = await readPage(app(), owner.token, { limit: 1 });
    const cursor = String(next_cursor);
    for (let place = 0; place < cursor.length; place += 3) {
      const broken = `${cursor.slice(0, place)}${cursor[place] === 'x' ? 'y' : 'x'}${cursor.slice(place + 1)}`;
      const { status } = await call(app(), 'GET', `/usage/sessions?cursor=${broken}`, { token: owner.token });
      assert.equal([200, 400].includes(status), true, `${status} for ${broken}`);
    }
  });

  for (const limit of ['0', '101', '-1', '1.5', 'x', '', '1e1']) {
    it(`refuses a limit of '${limit}'`, async () => {
      assert.deepEqual(faultPaths(await get(`limit=${limit}`)), ['/query/limit']);
    });
  }

  it('lists both faults at once', async () => {
    assert.deepEqual(faultPaths(await get('limit=0&cursor=..')), ['/query/cursor', '/query/limit']);
  });
});
