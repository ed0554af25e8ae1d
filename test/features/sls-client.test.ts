import assert from 'node:assert/strict';
import {
  createSlsClient,
  HostRefusedError,
  HostUnavailableError,
} from '../../src/features/relay/providers/pool/sls-client.ts';

const AT = { publicIp: '192.0.2.1', slsPort: 8090 };
const STREAM = { publisher: 'live_a', player: 'play_a', description: 'telemy:test:ses_a' };

/** A client of a host that gives this answer to everything. */
function clientOf(status: number, body?: unknown) {
  const text = body === undefined ? null : JSON.stringify(body);
  return createSlsClient({ apiKey: 'key', fetch: async () => new Response(text, { status }) });
}

describe("the client of a pool host's API", () => {
  it('takes a list of stream ids in its envelope or by itself', async () => {
    for (const body of [{ status: 'success', data: [STREAM] }, [STREAM]]) {
      assert.deepEqual(await clientOf(200, body).listStreams(AT), [STREAM]);
    }
  });

  it('does not take anything else for a list', async () => {
    for (const body of [{}, { data: {} }, 'none']) {
      await assert.rejects(clientOf(200, body).listStreams(AT), HostUnavailableError);
    }
  });

  it('takes every success for one', async () => {
    for (const status of [200, 201, 202]) assert.equal(await clientOf(status, {}).addStream(AT, STREAM), true);
    for (const status of [200, 202, 204]) await clientOf(status).removeStream(AT, 'play_a');
  });

  it('knows a player key that is taken, one that is gone already and one that is not there', async () => {
    assert.equal(await clientOf(409, {}).addStream(AT, STREAM), false);
    await clientOf(404, {}).removeStream(AT, 'play_a');
    assert.deepEqual(
      [await clientOf(200, {}).hasStats(AT, 'play_a'), await clientOf(404, {}).hasStats(AT, 'play_a')],
      [true, false],
    );
  });

  it('tells a refusal, which an operator has to look at, from what may pass', async () => {
    for (const status of [400, 401, 403]) {
      await assert.rejects(clientOf(status, {}).addStream(AT, STREAM), HostRefusedError);
    }
    for (const status of [302, 429, 500, 503]) {
      await assert.rejects(clientOf(status, {}).addStream(AT, STREAM), HostUnavailableError);
    }
  });
});
