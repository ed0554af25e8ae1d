import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { AWAY, type AwsRelays, HOME, placementFrom, requestFor, startAwsRelays } from '../support/aws-relays.ts';
import type { Fault } from '../support/ec2/index.ts';

describe('the capacity of EC2', () => {
  let relays: AwsRelays;

  beforeEach(async () => {
    relays = await startAwsRelays({ ec2: { timing: { pendingMs: 'held', shuttingDownMs: 'held' } } });
  });
  afterEach(() => relays.close());

  const launch = (session: string, changes = {}) =>
    relays.provider.provision(requestFor(session, { anyRegion: false, ...changes }), placementFrom());
  const countOf = (action: string) => relays.ec2.calls.filter((call) => call.action === action).length;

  async function availableAt(region: string): Promise<string | undefined> {
    const capacity = await relays.provider.capacity();
    return capacity.find((one) => one.region === region)?.available;
  }

  it('is told for each region', async () => {
    deepEqual(await relays.provider.capacity(), [
      { region: HOME, available: 'plenty' },
      { region: AWAY, available: 'plenty' },
    ]);
  });

  for (const [vcpus, available] of [
    [1, 'none'],
    [2, 'few'],
    [19, 'few'],
    [20, 'plenty'],
  ] as const) {
    it(`is ${available} under a quota of ${vcpus} vCPUs, for types of two`, async () => {
      relays.ec2.setQuotas(HOME, { vcpus });
      equal(await availableAt(HOME), available);
    });
  }

  it('is less by what the relays of the account use, whichever deployment they belong to', async () => {
    relays.ec2.setQuotas(HOME, { vcpus: 4 });
    await launch('ses_1');
    equal(await availableAt(HOME), 'few');
    await launch('ses_2', { deployment: 'other' });
    equal(await availableAt(HOME), 'none');
    equal(await availableAt(AWAY), 'plenty');
  });

  it('counts the instances anew each time, and asks for the quota once in an hour', async () => {
    for (let time = 1; time <= 3; time += 1) await relays.provider.capacity();
    equal(countOf('GetServiceQuota'), 2);
    equal(countOf('DescribeInstanceTypes'), 2);
    relays.ec2.setQuotas(HOME, { vcpus: 0 });
    relays.clock.forward(3599);
    equal(await availableAt(HOME), 'plenty');
    relays.clock.forward(1);
    equal(await availableAt(HOME), 'none');
  });

  it('is none for a minute where no place had room for a launch', async () => {
    relays.ec2.setCapacity({ region: HOME }, 0);
    await rejects(launch('ses_1'));
    relays.ec2.setCapacity({ region: HOME }, Number.POSITIVE_INFINITY);
    relays.clock.forward(59);
    equal(await availableAt(HOME), 'none');
    relays.clock.forward(1);
    equal(await availableAt(HOME), 'plenty');
  });

  it('is none for a minute where a quota was reached', async () => {
    relays.ec2.setQuotas(HOME, { instances: 0 });
    await rejects(launch('ses_1'));
    equal(await availableAt(HOME), 'none');
  });

  it('is there again with the next launch that goes well', async () => {
    relays.ec2.setCapacity({ region: HOME }, 0);
    await rejects(launch('ses_1'));
    relays.ec2.setCapacity({ region: HOME }, 1);
    await launch('ses_2');
    equal(await availableAt(HOME), 'plenty');
  });

  it('is there while one place has room', async () => {
    relays.ec2.setCapacity({ region: HOME, instanceType: 't3.small' }, 0);
    await launch('ses_1');
    equal(await availableAt(HOME), 'plenty');
  });

  for (const [kind, code] of [
    ['unauthorized', 'AccessDeniedException'],
    ['internal-error', 'InternalFailure|ServiceException|InternalError'],
  ] as [Fault['kind'], string][]) {
    it(`counts as plenty where the quota cannot be learnt (${kind}), which is logged once`, async () => {
      relays.ec2.faults = [{ kind, actions: ['GetServiceQuota'], region: HOME }];
      for (let time = 1; time <= 2; time += 1) equal(await availableAt(HOME), 'plenty');
      const told = relays.log.filter((line) => line.includes('aws_capacity_unknown'));
      equal(told.length, 1);
      match(String(told[0]), new RegExp(`"code":"(${code})"`));
    });
  }

  it('comes with the images that relays start from', () => {
    deepEqual(relays.provider.images(), [
      { region: HOME, amiId: relays.ec2.place(HOME).imageIds[0], instanceType: 't3.small' },
      { region: AWAY, amiId: relays.ec2.place(AWAY).imageIds[0], instanceType: 't3.small' },
    ]);
  });
});
