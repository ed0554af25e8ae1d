import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { type SignedIn, signInNewUser, start } from '../support/factories.ts';
import type { Answer } from '../support/http.ts';
import { type Lab, openLab } from './lab.ts';
import { assertLegalHistory, assertOneInstance } from './session-checks.ts';

const USERS = 4;
const STARTS_OF_EACH = 5;

/** A start that may or may not have been answered before the server died. */
interface Wish {
  device: SignedIn;
  connection_id: string;
  key: string;
}

describe('An API process killed with SIGKILL while starts are under way', function () {
  this.timeout(120_000);
  let lab: Lab;

  beforeEach(async () => {
    lab = await openLab();
  });

  afterEach(async () => {
    await lab.close();
  });

  it('leaves no half session, keeps what it answered, and the retries make exactly one session of each start', async () => {
    const wishes = await makeWishes();
    const api = await lab.start('api');
    const answers = wishes.map((wish) => send(api, wish));
    await Promise.any(answers);
    api.kill('SIGKILL');
    await api.exited;
    const answered = (await Promise.allSettled(answers)).flatMap((one) =>
      one.status === 'fulfilled' ? one.value : [],
    );
    assert.ok(answered.length < wishes.length, 'it was killed too late: every start was answered');
    await assertNothingHalf();
    const { database } = lab.api;
    for (const { status, body, text } of answered) {
      assert.equal(status, 201, text);
      const kept = await database('relay_sessions').where({ id: body.session.session_id });
      assert.equal(kept.length, 1, 'an answered start is kept');
    }

    const next = await lab.start('all');
    const retried = await Promise.all(wishes.map((wish) => send(next, wish)));
    assert.deepEqual(
      retried.map(({ status }) => status).filter((status) => status !== 200 && status !== 201),
      [],
    );
    const ids = retried.map(({ body }) => body.session.session_id as string);
    assert.equal(new Set(ids).size, wishes.length);
    const sessions = await database('relay_sessions').select('id');
    assert.deepEqual(sessions.map(({ id }) => id).sort(), [...ids].sort());
    await assertNothingHalf();
    await eventually(
      async () => {
        const left = await database('relay_sessions').whereNot({ status: 'active' }).select('id', 'provision_step');
        assert.deepEqual(left, []);
      },
      { timeoutMs: 60_000, intervalMs: 100 },
    );
    for (const id of ids) {
      await assertOneInstance(lab, id);
      await assertLegalHistory(lab, id);
    }
    assert.equal((await lab.api.provider.list(lab.deployment)).length, wishes.length);
  });

  async function makeWishes(): Promise<Wish[]> {
    const devices = await Promise.all(Array.from({ length: USERS }, () => signInNewUser(lab.api, 'internal')));
    const each = Array.from({ length: STARTS_OF_EACH });
    return devices.flatMap((device) => each.map(() => ({ device, connection_id: randomUUID(), key: randomUUID() })));
  }

  function send({ url }: { url: string }, { device, connection_id, key }: Wish): Promise<Answer> {
    return start({ ...lab.api, url }, device.token, { connection_id }, key);
  }

  /** Each session has its key, its first event, its first step and its job, and none of these is without a session. */
  async function assertNothingHalf(): Promise<void> {
    const { database } = lab.api;
    const ids = async (sql: string): Promise<string[]> => {
      const { rows } = await database.raw<{ rows: { id: string }[] }>(sql);
      return rows.map(({ id }) => id).sort();
    };
    const sessions = await ids('select id from relay_sessions');
    const parts = {
      keys: 'select session_id as id from idempotency_keys',
      events: 'select session_id as id from relay_session_events where from_status is null',
      steps: `select session_id as id from relay_provision_steps where attempt = 1 and step = 'launching_instance'`,
      jobs: `select data->>'sessionId' as id from jobs.job where name = 'relay-provision'`,
    };
    for (const [name, sql] of Object.entries(parts)) assert.deepEqual(await ids(sql), sessions, name);
  }
});
