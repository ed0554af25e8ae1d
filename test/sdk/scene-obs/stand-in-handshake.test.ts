import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { OBSWebSocket } from 'obs-websocket-js/json';
import { CLOSE, type ObsStandIn, OP, startObsStandIn } from '../../support/obs-websocket/index.ts';
import { connectRaw, identifyRaw } from './raw-client.ts';

const PASSWORD = 'correct horse';

describe('The stand-in for OBS: connecting', () => {
  let obs: ObsStandIn;
  const client = new OBSWebSocket();

  beforeEach(async () => {
    obs = await startObsStandIn({ password: PASSWORD });
  });

  afterEach(async () => {
    await client.disconnect();
    await obs.close();
  });

  it('lets the library obs-websocket-js in with the right password', async () => {
    const met = await client.connect(obs.url, PASSWORD);
    assert.equal(met.negotiatedRpcVersion, 1);
    assert.equal((await client.call('GetVersion')).rpcVersion, 1);
  });

  it('needs no password where none is set', async () => {
    const open = await startObsStandIn();
    try {
      await client.connect(open.url);
      assert.equal(client.identified, true);
    } finally {
      await client.disconnect();
      await open.close();
    }
  });

  it('closes with 4009 at a wrong or missing password', async () => {
    await assert.rejects(client.connect(obs.url, 'wrong'), { code: CLOSE.authenticationFailed });
    await assert.rejects(client.connect(obs.url), { code: CLOSE.authenticationFailed });
  });

  it('takes the answer that the protocol describes, and no answer to the challenge of another connection', async () => {
    const hash = (text: string) => createHash('sha256').update(text).digest('base64');
    const first = await connectRaw(obs.url);
    const { salt, challenge } = first.hello.d.authentication;
    const d = { rpcVersion: 1, authentication: hash(hash(PASSWORD + salt) + challenge) };
    first.send({ op: OP.identify, d });
    assert.deepEqual(await first.next(), { op: OP.identified, d: { negotiatedRpcVersion: 1 } });
    first.close();

    const second = await connectRaw(obs.url);
    second.send({ op: OP.identify, d });
    assert.equal(await second.closed, 4009);
  });

  const REFUSED_BEFORE: [string, string | Buffer, number][] = [
    ['no JSON', '{nope', 4002],
    ['no object', '[]', 4002],
    ['a binary message', Buffer.from('{}'), 4002],
    ['no data', '{"op":1}', 4003],
    ['data that are no object', '{"op":1,"d":"x"}', 4004],
    ['no op', '{"d":{}}', 4006],
    ['an op that is no number', '{"op":"1","d":{}}', 4006],
    ['a request', '{"op":6,"d":{"requestType":"GetVersion","requestId":"1"}}', 4007],
    ['an unknown op', '{"op":99,"d":{}}', 4007],
  ];
  for (const [what, text, code] of REFUSED_BEFORE) {
    it(`closes with ${code} at ${what} before Identify`, async () => {
      const raw = await connectRaw(obs.url);
      raw.sendText(text);
      assert.equal(await raw.closed, code);
    });
  }

  const REFUSED_IDENTIFY: [string, object, number][] = [
    ['no RPC version', {}, 4003],
    ['an RPC version that is no number', { rpcVersion: 'x' }, 4004],
    ['another RPC version', { rpcVersion: 2 }, 4010],
    ['subscriptions that are no number', { rpcVersion: 1, eventSubscriptions: 'x' }, 4004],
  ];
  for (const [what, d, code] of REFUSED_IDENTIFY) {
    it(`closes with ${code} at an Identify with ${what}`, async () => {
      const open = await startObsStandIn();
      try {
        const raw = await connectRaw(open.url);
        raw.send({ op: OP.identify, d });
        assert.equal(await raw.closed, code);
      } finally {
        await open.close();
      }
    });
  }

  const REFUSED_AFTER: [string, object, number][] = [
    ['a second Identify', { op: OP.identify, d: { rpcVersion: 1 } }, 4008],
    ['an unknown op', { op: 99, d: {} }, 4006],
    ['an op of servers', { op: OP.event, d: {} }, 4006],
    ['a request without an id', { op: OP.request, d: { requestType: 'GetVersion' } }, 4003],
    ['a request without a type', { op: OP.request, d: { requestId: 'a' } }, 4003],
    ['a batch without requests', { op: OP.requestBatch, d: { requestId: 'a' } }, 4003],
    ['a batch whose requests are no array', { op: OP.requestBatch, d: { requestId: 'a', requests: 3 } }, 4004],
    ['a batch executed in an unknown way', { op: 8, d: { requestId: 'a', requests: [], executionType: 77 } }, 4005],
    ['a Reidentify with negative subscriptions', { op: OP.reidentify, d: { eventSubscriptions: -1 } }, 4004],
  ];
  for (const [what, message, code] of REFUSED_AFTER) {
    it(`closes with ${code} at ${what}`, async () => {
      const raw = await identifyRaw(obs.url, PASSWORD);
      raw.send(message);
      assert.equal(await raw.closed, code);
    });
  }
});
