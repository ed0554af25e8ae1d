import { deepEqual, equal, ok } from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { answersOk } from '../../src/features/relay/providers/aws/probe.ts';
import type { InstanceRef } from '../../src/features/relay/providers/provider.ts';
import {
  type AwsRelays,
  type AwsRelaysOptions,
  HOME,
  placementFrom,
  refFor,
  requestFor,
  startAwsRelays,
} from '../support/aws-relays.ts';

const HELD = { pendingMs: 'held', shuttingDownMs: 'held' } as const;

describe('a relay on EC2 that comes up', () => {
  let relays: AwsRelays;
  let ref: InstanceRef;

  async function start(options: AwsRelaysOptions = {}): Promise<void> {
    const parts = { statsMs: 'held', slsMs: 'held', streamIdMs: 'held' } as const;
    relays = await startAwsRelays({
      ...options,
      ec2: { endpoints: true, timing: { ...HELD, ...parts }, ...options.ec2 },
    });
    ref = refFor(await relays.provider.provision(requestFor(), placementFrom()), relays.clock);
  }

  const bringUp = () => relays.provider.bringUp(ref, requestFor());
  const stepNow = async () => (await bringUp())?.step;

  beforeEach(() => start());
  afterEach(() => relays.close());

  it('goes from step to step as its parts begin to answer', async () => {
    const steps = [await stepNow()];
    await relays.ec2.advance(ref.instanceId);
    steps.push(await stepNow());
    for (const part of ['stats', 'sls', 'stream'] as const) {
      relays.ec2.release(ref.instanceId, part);
      steps.push(await stepNow());
    }
    deepEqual(steps, ['waiting_for_instance', 'starting_docker', 'starting_containers', 'creating_stream', 'ready']);
  });

  it('is not ready without the stream of its own session', async () => {
    await relays.ec2.advance(ref.instanceId);
    relays.ec2.release(ref.instanceId);
    const other = await relays.provider.bringUp(ref, requestFor('ses_1', { streamToken: 'another' }));
    equal(other?.step, 'creating_stream');
  });

  it('tells its address and ports as soon as it runs', async () => {
    equal((await bringUp())?.address, undefined);
    await relays.ec2.advance(ref.instanceId);
    deepEqual((await bringUp())?.address, {
      publicIp: relays.ec2.instance(ref.instanceId).publicIp,
      srtPort: 5000,
      playerPort: 4000,
      statsPort: 5080,
      slsPort: 8090,
    });
  });

  it('keeps an address of its own where no Elastic IPs are wanted', async () => {
    await relays.ec2.advance(ref.instanceId);
    await bringUp();
    deepEqual(relays.ec2.addresses(), []);
  });

  it('is gone when it ends by itself', async () => {
    await relays.ec2.advance(ref.instanceId);
    relays.ec2.terminate(ref.instanceId);
    equal((await bringUp())?.state, 'terminated');
  });

  it('is pending, not gone, while EC2 does not show it yet', async () => {
    await relays.close();
    await start({ ec2: { endpoints: false, timing: { ...HELD, hiddenMs: 'held' } } });
    relays.clock.forward(59);
    deepEqual(await bringUp(), {
      instanceId: ref.instanceId,
      token: 'ses_1:1',
      sessionId: 'ses_1',
      region: HOME,
      state: 'pending',
      step: 'waiting_for_instance',
    });
    equal((await relays.provider.describe(ref))?.state, 'pending');
    relays.clock.forward(1);
    equal(await bringUp(), null);
    equal(await relays.provider.describe(ref), null);
  });

  it('is pending through describes that miss it at random', async () => {
    await relays.close();
    await start({ ec2: { endpoints: false, timing: { ...HELD, hiddenDescribes: 2 } } });
    const states: (string | undefined)[] = [];
    for (let look = 1; look <= 3; look += 1) states.push((await relays.provider.describe(ref))?.state);
    deepEqual(states, ['pending', 'pending', 'pending']);
    await relays.ec2.advance(ref.instanceId);
    equal((await relays.provider.describe(ref))?.state, 'running');
  });

  it('is unknown if nobody says when it was asked for', async () => {
    equal(
      await relays.provider.describe({ instanceId: 'i-0123456789abcdef0', sessionId: 'ses_9', region: HOME }),
      null,
    );
  });

  it('is changed by no describe', async () => {
    await relays.close();
    await start({ fleet: { elasticIps: true } });
    await relays.ec2.advance(ref.instanceId);
    const before = relays.ec2.calls.length;
    const described = await relays.provider.describe(ref);
    equal(described?.state, 'running');
    deepEqual(
      relays.ec2.calls.slice(before).map(({ action }) => action),
      ['DescribeInstances'],
    );
    deepEqual(relays.ec2.addresses(), []);
  });
});

describe('launches on EC2 that come up at the same time', () => {
  it('are described together, a hundred in a call', async () => {
    const relays = await startAwsRelays({ ec2: { timing: HELD } });
    try {
      const made = await relays.provider.provision(requestFor(), placementFrom());
      const before = relays.ec2.calls.length;
      const refs = Array.from({ length: 299 }, (_, index) => ({
        instanceId: `i-${String(index).padStart(17, '0')}`,
        sessionId: `ses_${index}`,
        region: HOME,
      }));
      const answers = await Promise.all([
        relays.provider.describe(refFor(made, relays.clock)),
        ...refs.map((ref) => relays.provider.describe(ref)),
      ]);
      equal(answers[0]?.instanceId, made.instanceId);
      ok(answers.slice(1).every((answer) => answer === null));
      // The first one doesn't wait for the others.
      equal(relays.ec2.calls.length - before, 4);
    } finally {
      await relays.close();
    }
  });
});

describe('a probe of a relay', () => {
  let server: Server;
  let url: string;
  let asked: string[] = [];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(String(request.url));
      if (request.url === '/endless') {
        response.writeHead(200);
        const write = () => response.destroyed || response.write('x'.repeat(65_536), write);
        write();
      } else if (request.url === '/silent') return;
      else if (request.url === '/moved') response.writeHead(302, { Location: '/ok' }).end();
      else response.writeHead(request.url === '/ok' ? 200 : 503).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  for (const [path, expected] of [
    ['/ok', true],
    ['/broken', false],
    ['/moved', false],
    ['/endless', true],
    ['/silent', false],
  ] as const) {
    it(`of ${path} says ${expected} and reads no more than the status`, async () => {
      equal(await answersOk(url + path), expected);
      deepEqual(asked, [path]);
    });
  }

  it('where nobody listens says no', async () => {
    equal(await answersOk('http://127.0.0.1:1/stats'), false);
  });
});
