import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { type SignedIn, signInNewUser, startActive, waitForStatus } from '../support/factories.ts';
import type { Answer } from '../support/http.ts';
import { refOf } from '../support/instances.ts';
import { eventsOf, readSession, startHeld, useFaults } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';
import { cellsOf, operatorOf } from './operator.ts';

interface Line {
  id: string;
  user: string;
  status: string;
}

describe('session', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });
  const operator = () => operatorOf(app());

  let owner: SignedIn;
  let session: Answer['body'];
  beforeEach(async () => {
    owner = await signInNewUser(app());
    session = await startActive(app(), owner.token);
  });

  it('list shows the live ones, newest first, and all with --all', async () => {
    const newer = await startActive(app(), owner.token, { connection_id: crypto.randomUUID() });
    await operator().json('session', 'stop', session.session_id);
    const live: Line[] = await operator().json('session', 'list', '--user', owner.user.id);
    assert.deepEqual(
      live.map(({ id, user, status }) => [id, user, status]),
      [[newer.session_id, owner.user.id, 'active']],
    );
    const all: Line[] = await operator().json('session', 'list', '--user', owner.user.id, '--all');
    assert.deepEqual(
      all.map(({ id, status }) => [id, status]),
      [
        [newer.session_id, 'active'],
        [session.session_id, 'stopped'],
      ],
    );
    const [first] = await operator().json('session', 'list', '--user', owner.user.id, '--all', '--limit', '1');
    assert.equal(first.id, newer.session_id);
  });

  it('list prints a table for people, or that there is nothing', async () => {
    const { stdout } = await operator().run('session', 'list', '--user', owner.user.id);
    assert.match(
      stdout,
      /│ id +│ user +│ status +│ step +│ region +│ address +│ created_at +│ stopped_at +│ ended_by +│/,
    );
    assert.match(stdout, new RegExp(`│ ${session.session_id} │ ${owner.user.id} │ active +│ ready +│ us-east-1 +│`));
    const none = await operator().run('session', 'list', '--user', 'usr_0');
    assert.deepEqual(none, { code: 0, stdout: 'No sessions.\n', stderr: '' });
  });

  it('show prints a session as the API shows it, without its credentials', async () => {
    const { credentials, ...shown } = await readSession(app(), owner.token, session.session_id);
    const told = await operator().json('session', 'show', session.session_id);
    const { timers, usage, user_id, stop_cause, media_source_url, ...rest } = told;
    assert.deepEqual([user_id, stop_cause], [owner.user.id, null]);
    assert.equal(timers.lease_expires_at, shown.timers.lease_expires_at);
    assert.equal(usage.started_at, shown.usage.started_at);
    const { timers: _timers, usage: _usage, media_source_url: _url, ...expected } = shown;
    assert.deepEqual(rest, expected);
    assertNoSecrets(JSON.stringify(told), credentials);
  });

  it('show prints names and values for people, nested ones with dots, without its credentials', async () => {
    const { credentials, ...shown } = await readSession(app(), owner.token, session.session_id);
    const { stdout } = await operator().run('session', 'show', session.session_id);
    const [head, ...lines] = cellsOf(stdout);
    assert.deepEqual(head, ['name', 'value']);
    const values = Object.fromEntries(lines);
    assert.deepEqual(
      [values.user_id, values.session_id, values.status, values.failure],
      [owner.user.id, session.session_id, 'active', ''],
    );
    assert.equal(values['timers.lease_expires_at'], shown.timers.lease_expires_at);
    assert.equal(values['relay.srt_port'], String(shown.relay.srt_port));
    assertNoSecrets(stdout, credentials);
  });

  it('stop ends a live session, by the operator, and its relay goes down', async () => {
    assert.deepEqual(await operator().json('session', 'stop', session.session_id), {
      session_id: session.session_id,
      status: 'stopped',
      stop_deferred: false,
    });
    assert.equal((await readSession(app(), owner.token, session.session_id)).status, 'stopped');
    const last = (await eventsOf(app(), session.session_id)).at(-1);
    assert.deepEqual([last?.cause, last?.actor], ['admin_forced', 'operator']);
    await eventually(async () => {
      const instance = await app().provider.describe(refOf(session.instance_id));
      assert.equal(instance?.state, 'terminated');
    });
  });

  it('stop of one that has ended says so again', async () => {
    await operator().json('session', 'stop', session.session_id);
    const before = await eventsOf(app(), session.session_id);
    const again = await operator().json('session', 'stop', session.session_id);
    assert.deepEqual([again.status, again.stop_deferred], ['stopped', false]);
    assert.deepEqual(await eventsOf(app(), session.session_id), before);
  });

  it('stop during the launch notes the wish, and the launch ends at its next step', async () => {
    const connection_id = crypto.randomUUID();
    const held = await startHeld(app(), owner.token, { connection_id });
    assert.deepEqual(await operator().json('session', 'stop', held.session_id), {
      session_id: held.session_id,
      status: 'provisioning',
      stop_deferred: true,
    });
    const ended = await waitForStatus(app(), owner.token, held, 'stopped');
    assert.equal(ended.failure, null);
  });
});

/** No value of `secrets` is in the text. */
function assertNoSecrets(text: string, secrets: Record<string, string>): void {
  for (const [name, value] of Object.entries(secrets)) assert.equal(text.includes(value), false, `${name} is shown`);
}
