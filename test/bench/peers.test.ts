import assert from 'node:assert/strict';
import type { Request } from 'autocannon';
import { toBars } from '../../scripts/bench/peers/bars.ts';
import {
  CANDIDATES,
  type Candidate,
  type CandidateName,
  startCandidate,
} from '../../scripts/bench/peers/candidates.ts';
import { toFigures } from '../../scripts/bench/peers/figures.ts';
import { type BenchOperation, OPERATIONS } from '../../scripts/bench/peers/operations.ts';
import { formatPeers } from '../../scripts/bench/peers/report.ts';
import { type BenchUser, fillRows, signInUsers } from '../../scripts/bench/peers/rows.ts';
import { runPeers } from '../../scripts/bench/peers/run.ts';
import { systemClock } from '../../src/clock.ts';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { createTestDatabase, openTestRun } from '../support/test-run.ts';

const USERS = 20;

describe('the peers of the bench', () => {
  const candidates: Candidate[] = [];
  let users: BenchUser[] = [];
  let database: Database | undefined;
  let drop: (() => Promise<void>) | undefined;

  before(async function () {
    this.timeout(60_000);
    const { dataDir } = await openTestRun();
    const made = await createTestDatabase();
    drop = made.drop;
    database = connectDatabase({ url: made.url, applicationName: 'bench', poolSize: 1 });
    await fillRows(database, USERS, systemClock.now());
    users = await signInUsers(USERS, TEST_SECRETS.JWT_SECRET, systemClock);
    const env = { ...TEST_SECRETS, DATABASE_URL: made.url, DATA_DIR: dataDir };
    candidates.push(...(await Promise.all(CANDIDATES.map((name) => startCandidate(name, { env })))));
  });

  after(async () => {
    await Promise.all(candidates.map((candidate) => candidate.process.stop()));
    await database?.destroy();
    await drop?.();
  });

  const named = (name: CandidateName) => candidates.find((candidate) => candidate.name === name) as Candidate;

  for (const operation of OPERATIONS) {
    if (operation.name === 'reportRelayHealth') continue;
    it(`answer ${operation.name} with the very body that ours has`, async () => {
      const [user] = users as [BenchUser];
      // Seconds run on: what is asked between two of ours must be one of them.
      const before = await ask(named('ours'), operation, user);
      const others = [await ask(named('fastify'), operation, user), await ask(named('unvalidated'), operation, user)];
      const after = await ask(named('ours'), operation, user);
      for (const other of others) {
        assert.equal(other.status, 200, JSON.stringify(other.body));
        assert.deepEqual(
          other.body,
          JSON.stringify(other.body) === JSON.stringify(before.body) ? before.body : after.body,
        );
      }
    });
  }

  it('renew the lease by a report as ours does', async () => {
    const report = OPERATIONS.find(({ name }) => name === 'reportRelayHealth') as BenchOperation;
    for (const [place, candidate] of candidates.entries()) {
      const began = Date.now();
      const { status, body } = await ask(candidate, report, users[place] as BenchUser);
      assert.equal(status, 200, JSON.stringify(body));
      const { lease_expires_at: lease, ...rest } = body as { lease_expires_at: string };
      assert.deepEqual(rest, { ok: true, status: 'active' });
      const [earliest, latest] = [began + 300_000, Date.now() + 300_000];
      assert.ok(Date.parse(lease) >= earliest && Date.parse(lease) <= latest, lease);
    }
  });

  it('are measured in turn, and the table tells of each with the bars that hold for it', async () => {
    const runs = await runPeers(database as Database, {
      candidates: candidates.filter(({ name }) => name !== 'unvalidated'),
      operations: OPERATIONS.filter(({ name }) => name === 'getActiveRelay'),
      connections: [2],
      rounds: 1,
      seconds: 1,
      warmUpRequests: USERS,
      users: USERS,
      secrets: { jwt: TEST_SECRETS.JWT_SECRET, relay: TEST_SECRETS.RELAY_SHARED_KEY },
      onStep: () => undefined,
    });
    const figures = toFigures(runs);
    assert.deepEqual(
      figures.map(({ candidate, failed }) => [candidate, failed]),
      [
        ['ours', 0],
        ['ours x2', 0],
        ['fastify', 0],
      ],
    );
    const text = formatPeers({ figures, bars: toBars(runs, figures), machine: {}, form: 'markdown' });
    assert.match(text, /^\| operation \| connections \| candidate \| requests\/s \|/);
    for (const name of ['ours', 'ours x2', 'fastify']) {
      assert.match(text, new RegExp(`^\\| getActiveRelay \\| 2 \\| ${name} \\| [1-9]\\d* \\(`, 'm'));
    }
    assert.match(text, /^\| getActiveRelay to the Fastify peer \| 2 \| at least 2.5 \| .+ \| (met|missed) \|$/m);
  });

  it('let nobody in whose token is forged, missing, or of a device that is unknown', async () => {
    const read = OPERATIONS.find(({ name }) => name === 'getAuthSession') as BenchOperation;
    const [forged] = (await signInUsers(1, 'x'.repeat(40), systemClock)) as [BenchUser];
    const unknown = (await signInUsers(USERS + 1, TEST_SECRETS.JWT_SECRET, systemClock))[USERS] as BenchUser;
    for (const candidate of candidates) {
      for (const user of [forged, { ...forged, token: '' }, unknown]) {
        assert.equal((await ask(candidate, read, user)).status, 401, candidate.name);
      }
    }
  });
});

async function ask({ url }: Candidate, operation: BenchOperation, user: BenchUser) {
  const { method, path, headers, body }: Request = operation.request(user, TEST_SECRETS.RELAY_SHARED_KEY);
  const response = await fetch(`${url}${path}`, {
    method: method ?? 'GET',
    headers: headers as Record<string, string>,
    ...(body === undefined ? {} : { body: String(body) }),
  });
  return { status: response.status, body: await response.json() };
}
