import assert from 'node:assert/strict';
import type { PoolHost } from '../../src/features/relay/providers/pool/host.ts';
import { recount as recountPlaces } from '../../src/features/relay/providers/pool/place-store.ts';
import type {
  InstanceDescription,
  ProvisionRequest,
  TidyRequest,
} from '../../src/features/relay/providers/provider.ts';
import { NO_PLACEMENT } from '../support/instances.ts';
import { provisionRequest } from '../support/local-relays.ts';
import { usePoolLab } from '../support/pool-lab.ts';
import type { SlsHost } from '../support/sls-host/index.ts';

describe('the repair of a pool', () => {
  const pool = usePoolLab();
  let host: PoolHost;
  let sls: SlsHost;

  beforeEach(async () => {
    ({ host, sls } = await pool().startHost());
  });

  const tidy = (values: Partial<TidyRequest> = {}) => pool().provider.tidy(pool().tidyRequest(values));
  const nobodyLives = { liveAmong: async () => new Set<string>() };
  const players = () => sls.streams().map(({ player }) => player);
  const taken = async () => (await pool().row(host)).sessions;

  async function serve(streamToken: string, values: Partial<ProvisionRequest> = {}): Promise<InstanceDescription> {
    const request = provisionRequest({ streamToken, ...values });
    const made = await pool().provider.provision(request, NO_PLACEMENT);
    for (let step = 0; step < 3; step += 1) await pool().provider.bringUp(made, request);
    assert.equal((await pool().provider.describe(made))?.step, 'ready');
    return made;
  }

  it('makes the stream ids of live sessions again after a host came back without them', async () => {
    const made = [await serve('a'), await serve('b')];
    const before = sls.streams();
    sls.forgetStreams();
    assert.deepEqual(
      (await tidy()).sort(),
      made.map(({ sessionId }) => `make the stream ids of ${sessionId} at ${host.host} again`).sort(),
    );
    assert.deepEqual(sls.streams(), before);
    assert.deepEqual(await tidy(), []);
  });

  it('makes none again for a session that is over, or for one that is only coming up', async () => {
    await pool().provider.provision(provisionRequest(), NO_PLACEMENT);
    await serve('a');
    sls.forgetStreams();
    assert.deepEqual(await tidy(nobodyLives), []);
    assert.deepEqual(sls.streams(), []);
  });

  it('removes stream ids with our mark that no session has, and no others', async () => {
    await serve('a');
    const others = ['telemy:other:ses_1', 'telemy:test-2:ses_1', 'telemy:', 'by hand', ''];
    for (const [index, description] of others.entries()) {
      sls.addStream({ publisher: `live_${index}`, player: `play_${index}`, description });
    }
    const left = players();
    sls.addStream({ publisher: 'live_x', player: 'play_x', description: 'telemy:test:ses_x' });
    sls.addStream({ publisher: 'live_y', player: 'odd-name', description: 'telemy:test:ses_y' });
    assert.deepEqual(await tidy(), [
      `remove stream ids at ${host.host} that no session has (telemy:test:ses_x)`,
      `remove stream ids at ${host.host} that no session has (telemy:test:ses_y)`,
    ]);
    assert.deepEqual(players(), left);
  });

  it("leaves the stream ids of another deployment's assignments on the same database alone", async () => {
    await serve('a', { deployment: 'other' });
    const before = sls.streams();
    assert.deepEqual(await tidy(), []);
    sls.forgetStreams();
    assert.deepEqual(await tidy(), []);
    assert.equal(before.length, 1);
  });

  it('leaves stream ids alone that a session got while it looked', async () => {
    // The stream is there before the list is read, its assignment only behind it.
    sls.addStream({ publisher: 'live_a', player: 'play_a', description: 'telemy:test:ses_late' });
    const request = provisionRequest({ streamToken: 'a', sessionId: 'ses_late' });
    const said = await tidy({
      liveAmong: async (ids) => {
        await pool().provider.provision(request, NO_PLACEMENT);
        return new Set(ids);
      },
    });
    assert.deepEqual([said, players()], [[], ['play_a']]);
  });

  it('releases what no live session has, once it is older than a minute', async () => {
    await serve('a');
    pool().clock.forward(60);
    assert.deepEqual(await tidy(nobodyLives), []);
    pool().clock.forward(0.001);
    assert.equal((await tidy(nobodyLives)).length, 1);
    assert.deepEqual([players(), await taken()], [[], 0]);
  });

  it('finishes a release that was begun and forgotten, even of a live session', async () => {
    const made = await serve('a');
    sls.faults = [{ kind: 'down', methods: ['DELETE'], count: 1 }];
    assert.equal(await pool().provider.deprovision(made), false);
    assert.deepEqual(await tidy(), []);
    pool().clock.forward(61);
    assert.equal((await tidy()).length, 1);
    assert.deepEqual([players(), await taken()], [[], 0]);
  });

  for (const wrong of [0, 9]) {
    it(`counts the places of a host again that notes ${wrong} for 2`, async () => {
      await serve('a');
      await serve('b');
      await pool().database('pool_hosts').where({ id: host.id }).update({ sessions: wrong });
      assert.deepEqual(await tidy(), [`count the places of ${host.host} again: ${wrong} are noted, 2 are taken`]);
      assert.equal(await taken(), 2);
    });
  }

  it('counts right while places are taken and given back at the same time', async () => {
    const recount = () => recountPlaces(pool().database, host.id, pool().clock.now());
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const made = await pool().provider.provision(provisionRequest(), NO_PLACEMENT);
        await Promise.all([recount(), pool().provider.deprovision(made), recount()]);
      }),
    );
    assert.equal(await taken(), 0);
  });

  it('only says what it would do when it is not to act', async () => {
    await serve('a');
    sls.forgetStreams();
    sls.addStream({ publisher: 'live_x', player: 'play_x', description: 'telemy:test:ses_x' });
    await pool().database('pool_hosts').where({ id: host.id }).update({ sessions: 7 });
    const before = [sls.streams(), await pool().row(host)];
    const calls = sls.calls.length;
    assert.equal((await tidy({ act: false })).length, 3);
    assert.deepEqual([sls.streams(), await pool().row(host)], before);
    assert.deepEqual(
      sls.calls.slice(calls).map(({ method }) => method),
      ['GET'],
    );
  });

  it('changes no more things in one run than it may, and the rest in the next', async () => {
    for (const token of ['a', 'b', 'c']) await serve(token);
    sls.forgetStreams();
    assert.equal((await tidy({ limit: 2 })).length, 2);
    assert.equal(sls.streams().length, 2);
    assert.equal((await tidy({ limit: 0 })).length, 0);
    assert.equal((await tidy({ limit: 2 })).length, 1);
    assert.equal(sls.streams().length, 3);
  });

  it('mends the other hosts while one does not answer', async () => {
    await sls.goDown();
    const second = await pool().startHost();
    second.sls.addStream({ publisher: 'live_x', player: 'play_x', description: 'telemy:test:ses_x' });
    assert.equal((await tidy()).length, 1);
    assert.deepEqual(second.sls.streams(), []);
  });

  it('does not say that it mended what it could not', async () => {
    await serve('a');
    sls.forgetStreams();
    sls.faults = [{ kind: 'error', methods: ['POST'] }];
    assert.deepEqual(await tidy(), []);
    sls.faults = [];
    assert.equal((await tidy()).length, 1);
  });
});
