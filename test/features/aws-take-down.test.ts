import { deepEqual, equal, ok } from 'node:assert/strict';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  AWAY,
  type AwsRelays,
  type AwsRelaysOptions,
  HOME,
  placementFrom,
  refFor,
  requestFor,
  startAwsRelays,
} from '../support/aws-relays.ts';

describe('the take-down of a relay on EC2', () => {
  let relays: AwsRelays;

  async function start(options: AwsRelaysOptions = {}): Promise<void> {
    const ec2 = { timing: { pendingMs: 'held', shuttingDownMs: 'held' } as const, ...options.ec2 };
    relays = await startAwsRelays({ ...options, ec2 });
  }

  /** Launches a relay and names it, as one that was asked for now. */
  async function launch(session = 'ses_1', token = `${session}:1`) {
    const made = await relays.provider.provision(requestFor(session, { token }), placementFrom());
    return refFor(made, relays.clock);
  }

  const states = () => relays.ec2.instances().map(({ state }) => state);
  const countOf = (action: string) => relays.ec2.calls.filter((call) => call.action === action).length;

  beforeEach(() => start());
  afterEach(() => relays.close());

  it('is over when the instance has ended and its security group is gone, not before', async () => {
    const ref = await launch();
    equal(await relays.provider.deprovision(ref), false);
    deepEqual(states(), ['shutting-down']);
    equal(await relays.provider.deprovision(ref), false);
    equal(relays.ec2.securityGroups().length, 1);
    await relays.ec2.advance(ref.instanceId);
    equal(await relays.provider.deprovision(ref), true);
    deepEqual(relays.ec2.securityGroups(), []);
  });

  it('ends an instance without any tag of ours, as one that was taken over from another service', async () => {
    const { imageIds, subnets } = relays.ec2.place(HOME);
    const client = new EC2Client({
      region: HOME,
      endpoint: relays.ec2.url,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'aws-secret-of-the-test' },
    });
    const launch = { ImageId: imageIds[0], SubnetId: subnets[0]?.subnetId, InstanceType: 't3.small' as const };
    const { Instances = [] } = await client.send(new RunInstancesCommand({ ...launch, MinCount: 1, MaxCount: 1 }));
    client.destroy();
    const ref = { instanceId: String(Instances[0]?.InstanceId), sessionId: 'ses_legacy', region: HOME };
    ok(await relays.provider.describe(ref), 'it is asked about by its id');
    equal(await relays.provider.deprovision(ref), false);
    deepEqual(states(), ['shutting-down']);
    await relays.ec2.advance(ref.instanceId);
    equal(await relays.provider.deprovision(ref), true);
  });

  it('may be asked for again, however often', async () => {
    const ref = await launch();
    await relays.provider.deprovision(ref);
    await relays.ec2.advance(ref.instanceId);
    for (let again = 1; again <= 3; again += 1) equal(await relays.provider.deprovision(ref), true);
    equal(countOf('TerminateInstances'), 1);
  });

  it('is over for an instance that EC2 has forgotten, and its group goes too', async () => {
    const ref = await launch();
    await relays.provider.deprovision(ref);
    await relays.ec2.advance(ref.instanceId);
    await relays.ec2.advance(ref.instanceId);
    relays.clock.forward(3600);
    equal(await relays.provider.deprovision(ref), true);
    deepEqual(relays.ec2.securityGroups(), []);
  });

  it('does not take a new instance that EC2 does not show yet for one that is gone', async () => {
    relays.ec2.timing.hiddenMs = 'held';
    const ref = await launch();
    relays.clock.forward(59);
    equal(await relays.provider.deprovision(ref), false);
    relays.ec2.reveal(ref.instanceId);
    equal(await relays.provider.deprovision(ref), false);
    deepEqual(states(), ['shutting-down']);
  });

  it('believes EC2 a minute after the launch', async () => {
    const ref = { ...(await launch()), instanceId: 'i-0123456789abcdef0' };
    equal(await relays.provider.deprovision(ref), false);
    await relays.ec2.terminate((await relays.provider.list('test'))[0]?.instanceId as string);
    await relays.ec2.advance(relays.ec2.instances()[0]?.instanceId as string);
    relays.clock.forward(60);
    equal(await relays.provider.deprovision(ref), true);
  });

  it('leaves the group to another instance of the session', async () => {
    const first = await launch();
    const second = await launch('ses_1', 'ses_1:2');
    await relays.provider.deprovision(first);
    await relays.ec2.advance(first.instanceId);
    equal(await relays.provider.deprovision(first), true);
    equal(relays.ec2.securityGroups().length, 1);
    await relays.provider.deprovision(second);
    await relays.ec2.advance(second.instanceId);
    equal(await relays.provider.deprovision(second), true);
    deepEqual(relays.ec2.securityGroups(), []);
  });

  it('is to be asked for again while something else uses the group', async () => {
    const ref = await launch();
    const stranger = await launch('ses_2');
    const group = relays.ec2.securityGroups().find(({ tags }) => tags['telemy:session-id'] === 'ses_1');
    relays.ec2.instance(stranger.instanceId).groupIds.push(group?.groupId as string);
    await relays.provider.deprovision(ref);
    await relays.ec2.advance(ref.instanceId);
    equal(await relays.provider.deprovision(ref), false);
  });

  it('goes on after each of its answers was lost', async () => {
    const ref = await launch();
    relays.ec2.faults = [{ kind: 'lost', actions: ['TerminateInstances'], count: 1 }];
    equal(await relays.provider.deprovision(ref), false);
    await relays.ec2.advance(ref.instanceId);
    relays.ec2.faults = [{ kind: 'lost', actions: ['DeleteSecurityGroup'], count: 1 }];
    equal(await relays.provider.deprovision(ref), true);
    deepEqual(relays.ec2.securityGroups(), []);
  });

  it('reaches instances of a region that is no longer configured', async () => {
    const ref = await launch();
    const home = relays.another({ regions: new Map([[AWAY, regionOf(AWAY)]]) });
    equal(await home.deprovision(ref), false);
    deepEqual(states(), ['shutting-down']);
  });

  function regionOf(region: string) {
    const { imageIds, subnets, groupId } = relays.ec2.place(region);
    return { ami: imageIds[0] as string, subnets: [subnets[0]?.subnetId as string], securityGroup: groupId };
  }

  describe('of one with an Elastic IP', () => {
    beforeEach(async () => {
      await relays.close();
      await start({ fleet: { elasticIps: true } });
    });

    it('frees the address at once and keeps it for its user', async () => {
      const ref = await launch();
      await relays.ec2.advance(ref.instanceId);
      await relays.provider.bringUp(ref, requestFor());
      equal(relays.ec2.addresses()[0]?.instanceId, ref.instanceId);
      await relays.provider.deprovision(ref);
      deepEqual(
        relays.ec2.addresses().map(({ instanceId, tags }) => [instanceId, tags['telemy:user-id']]),
        [[undefined, 'usr_1']],
      );
    });
  });
});

describe('the list of relays on EC2', () => {
  let relays: AwsRelays;

  beforeEach(async () => {
    relays = await startAwsRelays({ ec2: { timing: { pendingMs: 'held', shuttingDownMs: 'held' } } });
  });
  afterEach(() => relays.close());

  it('has those of all regions, of one deployment, that nobody has ended', async () => {
    const launch = (session: string, changes = {}) =>
      relays.provider.provision(requestFor(session, changes), placementFrom());
    await launch('ses_home');
    await launch('ses_away', { region: AWAY });
    await launch('ses_other', { deployment: 'other' });
    const ended = await launch('ses_ended');
    await relays.provider.deprovision(refFor(ended, relays.clock));
    const listed = await relays.provider.list('test');
    deepEqual(
      listed.map(({ sessionId, region, token, state }) => [sessionId, region, token, state]),
      [
        ['ses_home', HOME, 'ses_home:1', 'pending'],
        ['ses_away', AWAY, 'ses_away:1', 'pending'],
      ],
    );
  });

  it('has all pages', async () => {
    const names = Array.from({ length: 201 }, (_, index) => `ses_${String(index).padStart(3, '0')}`);
    await Promise.all(names.map((name) => relays.provider.provision(requestFor(name), placementFrom())));
    const listed = await relays.provider.list('test');
    deepEqual(listed.map(({ sessionId }) => sessionId).sort(), names);
    ok(relays.ec2.calls.some(({ parameters }) => parameters.has('NextToken')));
  });
});
