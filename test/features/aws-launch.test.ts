import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { CapacityUnavailableError, ProviderRejectedError } from '../../src/features/relay/providers/provider.ts';
import {
  AWAY,
  type AwsRelays,
  type AwsRelaysOptions,
  HOME,
  placementFrom,
  placeNames,
  refFor,
  requestFor,
  startAwsRelays,
} from '../support/aws-relays.ts';

describe('a launch on EC2', () => {
  let relays: AwsRelays;

  async function start(options: AwsRelaysOptions = {}): Promise<void> {
    const ec2 = { timing: { pendingMs: 'held', shuttingDownMs: 'held' } as const, ...options.ec2 };
    relays = await startAwsRelays({ ...options, ec2 });
  }

  const launches = () => relays.ec2.calls.filter(({ action }) => action === 'RunInstances');

  beforeEach(() => start());
  afterEach(() => relays.close());

  describe('that goes well', () => {
    it('is described by what it was asked for', async () => {
      const made = await relays.provider.provision(requestFor(), placementFrom());
      const [instance] = relays.ec2.live();
      deepEqual(made, {
        instanceId: instance?.instanceId,
        token: 'ses_1:1',
        sessionId: 'ses_1',
        region: HOME,
        state: 'pending',
        step: 'waiting_for_instance',
      });
    });

    it('carries its tags from the beginning', async () => {
      await relays.provider.provision(requestFor(), placementFrom());
      deepEqual(relays.ec2.live()[0]?.tags, {
        'telemy:deployment': 'test',
        'telemy:session-id': 'ses_1',
        'telemy:token': 'ses_1:1',
        'telemy:user-id': 'usr_1',
        Name: 'telemy-ses_1',
      });
      ok(!relays.ec2.calls.some(({ action }) => action === 'CreateTags'));
    });

    it('is on demand, ends when it is shut down, and wants tokens for its metadata', async () => {
      await relays.provider.provision(requestFor(), placementFrom());
      const parameters = launches()[0]?.parameters;
      equal(parameters?.get('InstanceInitiatedShutdownBehavior'), 'terminate');
      equal(parameters?.get('MetadataOptions.HttpTokens'), 'required');
      equal(parameters?.get('MetadataOptions.HttpPutResponseHopLimit'), '1');
      ok(![...(parameters?.keys() ?? [])].some((name) => name.startsWith('InstanceMarketOptions')));
    });

    it('notes its place before EC2 is asked', async () => {
      const seen: number[] = [];
      const placement = { last: null, note: async () => void seen.push(launches().length) };
      await relays.provider.provision(requestFor(), placement);
      deepEqual(seen, [0]);
    });

    it('has a client token of at most 64 ASCII characters, also for the longest session id', async () => {
      const session = `ses_${'a'.repeat(32)}`;
      await relays.provider.provision(requestFor(session), placementFrom());
      match(String(relays.ec2.live()[0]?.clientToken), /^ses_a{32}:1:[0-9a-f]{8}$/);
      await relays.provider.provision(requestFor('ses_2', { token: 'x'.repeat(64) }), placementFrom());
      match(String(relays.ec2.live()[1]?.clientToken), /^[0-9a-f]{64}$/);
    });
  });

  describe('without room', () => {
    it('tries every subnet, then the next type, then the next region', async () => {
      relays.ec2.setCapacity({ region: HOME }, 0);
      const placement = placementFrom();
      const made = await relays.provider.provision(requestFor(), placement);
      equal(made.region, AWAY);
      deepEqual(placement.notes, [...placeNames(relays.ec2, HOME), placeNames(relays.ec2, AWAY)[0]]);
    });

    it('has another client token at each place', async () => {
      relays.ec2.setCapacity({ region: HOME }, 0);
      await relays.provider.provision(requestFor(), placementFrom());
      equal(new Set(launches().map(({ parameters }) => parameters.get('ClientToken'))).size, launches().length);
    });

    it('asks EC2 once for each place', async () => {
      relays.ec2.setCapacity({ region: HOME }, 0);
      await relays.provider.provision(requestFor(), placementFrom());
      equal(launches().length, 5);
    });

    it('stays in its region if no other will do', async () => {
      relays.ec2.setCapacity({ region: HOME }, 0);
      const launch = relays.provider.provision(requestFor('ses_1', { anyRegion: false }), placementFrom());
      await rejects(launch, CapacityUnavailableError);
    });

    it('anywhere ends with that', async () => {
      for (const region of [HOME, AWAY]) relays.ec2.setCapacity({ region }, 0);
      await rejects(relays.provider.provision(requestFor(), placementFrom()), CapacityUnavailableError);
    });

    it('leaves no security group behind where nothing came of it', async () => {
      relays.ec2.setCapacity({ region: HOME }, 0);
      await relays.provider.provision(requestFor(), placementFrom());
      deepEqual(
        relays.ec2.securityGroups().map(({ region }) => region),
        [AWAY],
      );
    });

    for (const [quota, limits] of [
      ['vCPUs', { vcpus: 0 }],
      ['instances', { instances: 0 }],
    ] as const) {
      it(`under the quota of ${quota} leaves the region at once`, async () => {
        relays.ec2.setQuotas(HOME, limits);
        const placement = placementFrom();
        await relays.provider.provision(requestFor(), placement);
        deepEqual(placement.notes, [placeNames(relays.ec2, HOME)[0], placeNames(relays.ec2, AWAY)[0]]);
      });
    }
  });

  describe('that was cut short', () => {
    it('finds what an answer that was lost had made', async () => {
      const [first] = placeNames(relays.ec2, HOME);
      await relays.provider.provision(requestFor(), placementFrom());
      const again = await relays.another().provision(requestFor(), placementFrom(first as string));
      deepEqual(
        relays.ec2.live().map(({ instanceId }) => instanceId),
        [again.instanceId],
      );
    });

    it('goes on at the place that it noted last, though another has room by now', async () => {
      const places = placeNames(relays.ec2, HOME);
      const placement = placementFrom(places[2] as string);
      await relays.provider.provision(requestFor(), placement);
      deepEqual(placement.notes, [places[2]]);
      equal(relays.ec2.live()[0]?.instanceType, 'c7i.large');
    });

    it('goes on from there to the next place when it has no room', async () => {
      const places = placeNames(relays.ec2, HOME);
      relays.ec2.setCapacity({ region: HOME, instanceType: 't3.small' }, 0);
      const placement = placementFrom(places[1] as string);
      await relays.provider.provision(requestFor(), placement);
      deepEqual(placement.notes, places.slice(1, 3));
    });

    it('between any two calls makes one instance, wherever it is taken up again', async () => {
      relays.ec2.setCapacity({ region: HOME, instanceType: 't3.small' }, 0);
      const placement = placementFrom();
      await relays.provider.provision(requestFor(), placement);
      for (const place of placement.notes) await relays.another().provision(requestFor(), placementFrom(place));
      equal(relays.ec2.instances().length, 1);
      equal(relays.ec2.securityGroups().length, 1);
    });

    it('makes one instance, whichever call its process died at', async () => {
      // Each round dies one call later than the one before.
      for (let calls = 1; calls <= 5; calls += 1) {
        const session = `ses_${calls}`;
        const placement = placementFrom();
        const dying = relays.another();
        const done = dying.provision(requestFor(session), placement).catch(() => undefined);
        const before = relays.ec2.calls.length;
        while (relays.ec2.calls.length < before + calls && (await Promise.race([done.then(() => false), tick()])));
        await dying.close();
        await done;
        await relays.another().provision(requestFor(session), placementFrom(placement.last));
        equal(relays.ec2.instances().filter(({ tags }) => tags['telemy:session-id'] === session).length, 1, session);
      }
    });

    it('takes what EC2 lost the answer of on its way', async () => {
      relays.ec2.faults = [{ kind: 'lost', actions: ['RunInstances'], count: 1 }];
      await relays.provider.provision(requestFor(), placementFrom());
      deepEqual(
        launches().map(({ outcome }) => outcome),
        ['lost', 'ok'],
      );
      equal(relays.ec2.instances().length, 1);
    });

    it('survives each of its answers being lost', async () => {
      for (const action of ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'DescribeSubnets']) {
        relays.ec2.faults = [{ kind: 'lost', actions: [action], count: 1 }];
        await relays.another().provision(requestFor(`ses_${action}`), placementFrom());
      }
      equal(relays.ec2.instances().length, 3);
      deepEqual(
        relays.ec2.securityGroups().map(({ rules }) => rules.length),
        [4, 4, 4],
      );
    });

    it('finds its instance by its tag when the configuration has changed in between', async () => {
      const placement = placementFrom();
      const made = await relays.provider.provision(requestFor(), placement);
      const changed = requestFor('ses_1', { healthUrl: 'https://api2.example.com/api/v1/relay/health' });
      const again = await relays.another().provision(changed, placementFrom(placement.last));
      equal(again.instanceId, made.instanceId);
      equal(launches().at(-1)?.outcome, 'IdempotentParameterMismatch');
    });

    it('finds its instance by its tag also when that has ended, so that nobody waits for it', async () => {
      const placement = placementFrom();
      const made = await relays.provider.provision(requestFor(), placement);
      relays.ec2.terminate(made.instanceId);
      await relays.ec2.advance(made.instanceId);
      const changed = requestFor('ses_1', { healthUrl: 'https://api2.example.com/api/v1/relay/health' });
      const again = await relays.provider.provision(changed, placementFrom(placement.last));
      deepEqual([again.instanceId, again.state], [made.instanceId, 'terminated']);
    });

    it('leaves no security group behind when its instance had been taken down', async () => {
      const placement = placementFrom();
      const ref = refFor(await relays.provider.provision(requestFor(), placement), relays.clock);
      await relays.provider.deprovision(ref);
      await relays.ec2.advance(ref.instanceId);
      equal(await relays.provider.deprovision(ref), true);
      const again = await relays.provider.provision(requestFor(), placementFrom(placement.last));
      deepEqual([again.instanceId, again.state], [ref.instanceId, 'terminated']);
      deepEqual(relays.ec2.securityGroups(), []);
    });

    it('is to be tried again while EC2 shows nothing of what it made with other parameters', async () => {
      const placement = placementFrom();
      await relays.provider.provision(requestFor(), placement);
      relays.ec2.timing.hiddenMs = 'held';
      await relays.provider.provision(requestFor('ses_2'), placementFrom());
      const changed = requestFor('ses_2', { healthUrl: 'https://api2.example.com/api/v1/relay/health' });
      await rejects(relays.provider.provision(changed, placementFrom(placement.last)), {
        name: 'IdempotentParameterMismatch',
      });
    });

    it('finds its instance by its tag when its place is no longer configured', async () => {
      const made = await relays.provider.provision(requestFor(), placementFrom());
      const placement = placementFrom(placeNames(relays.ec2, HOME)[0] as string);
      const again = await relays.another({ instanceTypes: ['m7i.large'] }).provision(requestFor(), placement);
      equal(again.instanceId, made.instanceId);
    });

    it('begins anew when its place is no longer configured and made nothing', async () => {
      const placement = placementFrom('us-east-1/t1.micro/subnet-0123456789abcdef0');
      await relays.provider.provision(requestFor(), placement);
      deepEqual(placement.notes, [placeNames(relays.ec2, HOME)[0]]);
    });
  });

  describe('that EC2 does not answer as it should', () => {
    it('is thrown as it is when EC2 fails for longer than the SDK tries', async () => {
      relays.ec2.faults = [{ kind: 'internal-error', actions: ['RunInstances'] }];
      await rejects(relays.provider.provision(requestFor(), placementFrom()), { name: 'InternalError' });
      equal(launches().length, 4);
    });

    it('is tried again by the SDK when EC2 throttles', async () => {
      relays.ec2.faults = [{ kind: 'throttled', actions: ['RunInstances'], count: 1 }];
      await relays.provider.provision(requestFor(), placementFrom());
      deepEqual(
        launches().map(({ outcome }) => outcome),
        ['RequestLimitExceeded', 'ok'],
      );
    });

    it('is given up after a time when nothing is answered', async () => {
      await relays.close();
      await start({ requestLimitMs: 50 });
      relays.ec2.faults = [{ kind: 'hang', actions: ['RunInstances'] }];
      await rejects(relays.provider.provision(requestFor(), placementFrom()), { name: 'TimeoutError' });
    });

    it('is final without permission, and the log says the code but no secret', async () => {
      relays.ec2.faults = [{ kind: 'unauthorized', actions: ['RunInstances'] }];
      await rejects(relays.provider.provision(requestFor(), placementFrom()), ProviderRejectedError);
      const text = relays.log.join('');
      match(text, /"code":"UnauthorizedOperation"/);
      for (const secret of ['aws-secret', 'relay-key-of', 'stream-of']) ok(!text.includes(secret), secret);
    });

    it('is final with an image or a subnet that is not there', async () => {
      for (const change of [{ ami: 'ami-00000000' }, { subnets: ['subnet-00000000'] }]) {
        const { imageIds, subnets, groupId } = relays.ec2.place(HOME);
        const region = {
          ami: imageIds[0] as string,
          subnets: subnets.map(({ subnetId }) => subnetId),
          securityGroup: groupId,
        };
        const wrong = relays.another({ regions: new Map([[HOME, { ...region, ...change }]]) });
        await rejects(wrong.provision(requestFor(), placementFrom()), ProviderRejectedError);
      }
    });

    it('is final for a region that is not configured', async () => {
      const launch = relays.provider.provision(requestFor('ses_1', { region: 'ap-south-1' }), placementFrom());
      await rejects(launch, ProviderRejectedError);
    });
  });
});

function tick(): Promise<boolean> {
  return new Promise((resolve) => setImmediate(() => resolve(true)));
}
