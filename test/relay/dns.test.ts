import assert from 'node:assert/strict';
import { findUser } from '../../src/features/account/index.ts';
import { createCloudflare, type DnsClient, DnsUnavailableError } from '../../src/features/relay/dns-client.ts';
import { NameUnsettledError, publishName } from '../../src/features/relay/dns-job.ts';
import type { RelaySession, SessionStatus } from '../../src/features/relay/session.ts';
import { findSession } from '../../src/features/relay/session-store.ts';
import { toApiSession } from '../../src/features/relay/session-view.ts';
import { type Cloudflare, startCloudflare } from '../support/cloudflare/index.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { storeSession } from '../support/stored-sessions.ts';

const ZONE = { zoneId: '0123456789abcdef0123456789abcdef', token: 'token-of-the-tests' };
const DOMAIN = 'relays.example.com';

describe('the name of a slot', () => {
  const lab = useRelayLab();
  let cloudflare: Cloudflare;
  let client: DnsClient;
  let userId: string;
  let hostname: string;

  before(async () => {
    cloudflare = await startCloudflare(ZONE);
  });
  after(() => cloudflare.close());
  beforeEach(async () => {
    cloudflare.faults = [];
    cloudflare.calls.length = 0;
    client = createCloudflare({ ...ZONE, baseUrl: cloudflare.url });
    userId = await lab().makeUser();
    hostname = await nameOf(1);
  });

  async function nameOf(slotNumber: number): Promise<string> {
    const account = await findUser(lab().database, userId);
    if (!account) throw new Error('The user is gone.');
    const slots = await lab().deps.slots.list(account);
    return `${slots.find((slot) => slot.slotNumber === slotNumber)?.relaySlug}.${DOMAIN}`;
  }

  const addresses = (name = hostname) =>
    cloudflare
      .records()
      .filter((record) => record.name === name)
      .map(({ content }) => content);

  /** Each is newer than those that were made before. */
  function make(status: SessionStatus, publicIp: string | null, slotNumber = 1): Promise<RelaySession> {
    const now = lab().clock.forward(1);
    return storeSession(lab().database, now, userId, status, { publicIp, slotNumber, createdAt: now });
  }

  async function stored({ id }: RelaySession): Promise<RelaySession> {
    return (await findSession(lab().database, id)) as RelaySession;
  }

  const publish = ({ id }: RelaySession, by: DnsClient = client, signal?: AbortSignal) =>
    publishName({ ...lab().deps, dns: { client: by, domain: DOMAIN } }, id, signal);

  /** The real client; `hook` runs before a change goes out for the first time. */
  function hooked(hook: () => Promise<unknown>): DnsClient {
    let first = true;
    return {
      async upsertA(...args) {
        if (first) {
          first = false;
          await hook();
        }
        await client.upsertA(...args);
      },
    };
  }

  for (const status of ['active', 'grace'] as const) {
    it(`leads to its session that is ${status}, which shows it with a new version`, async () => {
      const session = await make(status, '192.0.2.1');
      await publish(session);
      assert.deepEqual(addresses(), ['192.0.2.1']);
      const after = await stored(session);
      assert.deepEqual([after.relayHostname, after.version], [hostname, session.version + 1]);
      assert.deepEqual(after.updatedAt, lab().clock.now());
    });
  }

  it('is in the URL of the sender, which keeps it for ever, and not in that of OBS', async () => {
    const session = await make('active', '192.0.2.1');
    await publish(session);
    const view = toApiSession(await stored(session), lab().clock.now());
    assert.equal(view.relay.relay_hostname, hostname);
    assert.equal(view.relay.public_ip, '192.0.2.1');
    assert.equal(view.sender_url, `srtla://${hostname}:5000`);
    assert.equal(view.media_source_url, `srt://192.0.2.1:4000?streamid=play_${session.streamToken}`);
    const unnamed = toApiSession(session, lab().clock.now());
    assert.equal(unnamed.sender_url, 'srtla://192.0.2.1:5000');
    assert.equal('relay_hostname' in unnamed.relay, false);
  });

  it('stays as it is when published again, with no new version', async () => {
    const session = await make('active', '192.0.2.1');
    await publish(session);
    const { version } = await stored(session);
    cloudflare.calls.length = 0;
    await publish(session);
    assert.deepEqual(
      [(await stored(session)).version, cloudflare.calls.map(({ method }) => method)],
      [version, ['GET']],
    );
  });

  it('is kept when its session ends, and leads to the next one of the slot', async () => {
    const first = await make('active', '192.0.2.1');
    await publish(first);
    const [before] = cloudflare.records().filter(({ name }) => name === hostname);
    await lab().database('relay_sessions').where({ id: first.id }).delete();
    await publish(first);
    assert.deepEqual(addresses(), ['192.0.2.1']);
    const second = await make('active', '192.0.2.2');
    await publish(second);
    const [after] = cloudflare.records().filter(({ name }) => name === hostname);
    assert.deepEqual([after?.id, after?.content], [before?.id, '192.0.2.2']);
  });

  for (const status of ['provisioning', 'stopped'] as const) {
    it(`is not even looked at for a session that is ${status}`, async () => {
      await publish(await make(status, '192.0.2.1'));
      assert.deepEqual(cloudflare.calls, []);
    });
  }

  it('is not even looked at for a session that is over by the clock alone', async () => {
    const session = await make('grace', '192.0.2.1');
    lab().clock.forward(3600);
    await lab().deps.alive.jump();
    await publish(session);
    assert.deepEqual(cloudflare.calls, []);
  });

  it('is not published where relays have no names, nor for a relay without an IPv4 address', async () => {
    const session = await make('active', '192.0.2.1');
    await publishName({ ...lab().deps, dns: undefined }, session.id);
    await publish(await make('active', '2001:db8::1', 2));
    assert.deepEqual([cloudflare.calls, (await stored(session)).relayHostname], [[], null]);
  });

  it('leads to the newest session of two that share the slot, whichever job runs last, and only that one shows it', async () => {
    const older = await make('active', '192.0.2.1');
    await publish(older);
    const newer = await make('active', '192.0.2.2');
    for (const session of [newer, older, newer]) {
      await publish(session);
      assert.deepEqual(addresses(), ['192.0.2.2']);
      assert.deepEqual([(await stored(older)).relayHostname, (await stored(newer)).relayHostname], [null, hostname]);
    }
    const view = toApiSession(await stored(older), lab().clock.now());
    assert.equal(view.sender_url, 'srtla://192.0.2.1:5000');
  });

  it('of one slot has nothing to do with that of another', async () => {
    const [one, two] = [await make('active', '192.0.2.1', 1), await make('active', '192.0.2.2', 2)];
    await Promise.all([publish(one), publish(two)]);
    assert.deepEqual([addresses(), addresses(await nameOf(2))], [['192.0.2.1'], ['192.0.2.2']]);
    assert.deepEqual(
      [(await stored(one)).relayHostname, (await stored(two)).relayHostname],
      [hostname, await nameOf(2)],
    );
  });

  it('follows a session that gets another address while it is being published', async () => {
    const session = await make('active', '192.0.2.1');
    const move = () => lab().database('relay_sessions').where({ id: session.id }).update({ public_ip: '192.0.2.5' });
    await publish(session, hooked(move));
    assert.deepEqual([addresses(), (await stored(session)).relayHostname], [['192.0.2.5'], hostname]);
  });

  it('ends with the newer session although the job of the older one was overtaken before its change went out', async () => {
    const older = await make('active', '192.0.2.1');
    let newer: RelaySession | undefined;
    await publish(
      older,
      hooked(async () => {
        newer = await make('active', '192.0.2.2');
        await publish(newer);
        await lab().database('relay_sessions').where({ id: older.id }).delete();
      }),
    );
    assert.deepEqual([addresses(), (await stored(newer as RelaySession)).relayHostname], [['192.0.2.2'], hostname]);
  });

  it('is mended by the job of an ended session whose change was carried out late', async () => {
    const older = await make('active', '192.0.2.1');
    const newer = await make('active', '192.0.2.2');
    await publish(newer);
    await client.upsertA(hostname, '192.0.2.1');
    await lab().database('relay_sessions').where({ id: older.id }).update({
      status: 'stopped',
      stopped_at: lab().clock.now(),
      active_since: null,
      metered_since: null,
      lease_expires_at: null,
    });
    await publish(older);
    assert.deepEqual(addresses(), ['192.0.2.2']);
  });

  it('is left to a later run when the relay changes each time', async () => {
    const session = await make('active', '192.0.2.1');
    let last = 1;
    const restless: DnsClient = {
      async upsertA(...args) {
        last += 1;
        await lab()
          .database('relay_sessions')
          .where({ id: session.id })
          .update({ public_ip: `192.0.2.${last}` });
        await client.upsertA(...args);
      },
    };
    await assert.rejects(publish(session, restless), NameUnsettledError);
    await publish(session);
    assert.deepEqual([addresses(), (await stored(session)).relayHostname], [[`192.0.2.${last}`], hostname]);
  });

  it('is one record, of the newest session, after 30 runs at once with lost answers', async () => {
    const sessions: RelaySession[] = [];
    for (let count = 1; count <= 3; count += 1) sessions.push(await make('active', `192.0.2.${count}`));
    cloudflare.faults = [{ kind: 'lost', share: 0.2 }];
    const retried = async (session: RelaySession): Promise<void> => {
      for (;;) {
        const outcome = await publish(session).catch((error: unknown) => error);
        if (outcome === undefined) return;
        const mayRetry = outcome instanceof DnsUnavailableError || outcome instanceof NameUnsettledError;
        assert.equal(mayRetry, true, String(outcome));
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_, index) => retried(sessions[index % 3] as RelaySession)));
    assert.deepEqual(addresses(), ['192.0.2.3']);
    const names = await Promise.all(sessions.map(async (session) => (await stored(session)).relayHostname));
    assert.deepEqual(names, [null, null, hostname]);
  });

  it('holds no database connection while Cloudflare is slow', async () => {
    const session = await make('active', '192.0.2.1');
    const pool = lab().database.client.pool as { numUsed(): number };
    const used: number[] = [];
    await publish(session, {
      async upsertA() {
        used.push(pool.numUsed());
      },
    });
    assert.deepEqual(used, [0]);
  });

  it('is not shown when it could not be published', async () => {
    const session = await make('active', '192.0.2.1');
    cloudflare.faults = [{ kind: 'down' }];
    await assert.rejects(publish(session), DnsUnavailableError);
    assert.deepEqual(await stored(session), session);
  });
});
