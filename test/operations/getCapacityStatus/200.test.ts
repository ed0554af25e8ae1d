import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { freezeClock } from '../../support/freeze-clock.ts';
import { call } from '../../support/http.ts';
import { startHeld, useFaults } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

/** Longer than an answer is given to whoever comes first in a new window, in seconds. */
const OLD_SECONDS = 61;

describe('getCapacityStatus 200', () => {
  const app = useApp({ env: { SUPPORTED_REGIONS: 'eu-west-1,us-east-1' } });
  useFaults(app);

  /** As it is now, whatever was asked before. */
  async function statusNow() {
    await app().advanceClock(OLD_SECONDS);
    const { status, body, text } = await call(app(), 'GET', '/capacity/status');
    assert.equal(status, 200, text);
    return body;
  }

  const levels = ({ status, regions }: Awaited<ReturnType<typeof statusNow>>) => [
    status,
    ...regions.map((one: { region: string; status: string }) => `${one.region} ${one.status}`),
  ];

  it('tells everyone the room in each region, in the order of the configuration, and when it was told', async () => {
    const body = await statusNow();
    assert.deepEqual(levels(body), ['available', 'eu-west-1 available', 'us-east-1 available']);
    assert.deepEqual(Object.keys(body).sort(), ['regions', 'status', 'updated_at']);
    const age = app().clock.now().getTime() - Date.parse(body.updated_at);
    assert.equal(age >= 0 && age < 15_000, true, body.updated_at);
  });

  it('may be kept by anyone for 15 seconds, and read by pages of every origin', async () => {
    const { headers } = await call(app(), 'GET', '/capacity/status', { headers: { Origin: 'https://example.com' } });
    assert.equal(headers.get('Cache-Control'), 'public, max-age=15');
    assert.equal(headers.get('Access-Control-Allow-Origin'), '*');
    assert.equal(headers.get('Set-Cookie'), null);
  });

  it('follows the room that the provider tells', async () => {
    await app().provider.faults.set({ no_capacity: ['eu-west-1'] });
    assert.deepEqual(levels(await statusNow()), ['available', 'eu-west-1 full', 'us-east-1 available']);
    await app().provider.faults.set({ no_capacity: true });
    assert.deepEqual(levels(await statusNow()), ['full', 'eu-west-1 full', 'us-east-1 full']);
    await app().provider.faults.reset();
    assert.deepEqual(levels(await statusNow()), ['available', 'eu-west-1 available', 'us-east-1 available']);
  });

  it('says full exactly when a start is refused for want of room', async () => {
    const { token } = await signInNewUser(app());
    await app().provider.faults.set({ no_capacity: true });
    assert.equal((await statusNow()).status, 'full');
    assert.equal((await start(app(), token)).status, 503);
    await app().provider.faults.set({ no_capacity: ['us-east-1'] });
    assert.equal((await statusNow()).status, 'available');
    assert.equal((await start(app(), token)).status, 201);
  });

  it('expects of a start what the launches of that region took', async () => {
    const { token } = await signInNewUser(app());
    await app().database('relay_sessions').delete();
    const [before] = (await statusNow()).regions;
    assert.equal(before.expected_start_seconds, app().provider.usualStartSeconds);
    const session = await startActive(app(), token, { region_preference: 'eu-west-1' });
    await app()
      .database('relay_sessions')
      .where({ id: session.session_id })
      .update({ created_at: app().database.raw(`activated_at - interval '33.4 seconds'`) });
    assert.deepEqual(
      (await statusNow()).regions.map((one: { expected_start_seconds: number }) => one.expected_start_seconds),
      [34, app().provider.usualStartSeconds],
    );
  });

  it('is limited where launches hang although the provider has room', async () => {
    const { token } = await signInNewUser(app());
    await startHeld(app(), token, { region_preference: 'us-east-1' });
    assert.deepEqual(levels(await statusNow()), ['available', 'eu-west-1 available', 'us-east-1 limited']);
  });

  it('gives the last answer to whoever comes first in a new window, and the new one behind it', async () => {
    freezeClock(app());
    await statusNow();
    await app().provider.faults.set({ no_capacity: true });
    await app().advanceClock(15);
    const status = async () => (await call(app(), 'GET', '/capacity/status')).body.status;
    assert.equal(await status(), 'available');
    await eventually(async () => assert.equal(await status(), 'full'));
  });

  it('says no secret, no count and nothing of anyone', async () => {
    await statusNow();
    const { token } = await signInNewUser(app());
    const { session_id, credentials } = await startActive(app(), token);
    await app().advanceClock(OLD_SECONDS);
    const { text, body } = await call(app(), 'GET', '/capacity/status', { token });
    for (const secret of [session_id, ...Object.values<string>(credentials)])
      assert.equal(text.includes(secret), false);
    for (const region of body.regions) {
      assert.deepEqual(Object.keys(region).sort(), ['expected_start_seconds', 'region', 'status']);
    }
  });
});
