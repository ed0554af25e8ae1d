import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import type { InstanceRef, ProvisionRequest, RelayProvider } from '../../src/features/relay/providers/provider.ts';
import {
  AWAY,
  type AwsRelays,
  HOME,
  placementFrom,
  refFor,
  requestFor,
  startAwsRelays,
} from '../support/aws-relays.ts';

describe('the Elastic IP of a user on EC2', () => {
  let relays: AwsRelays;

  beforeEach(async () => {
    relays = await startAwsRelays({
      fleet: { elasticIps: true },
      ec2: { timing: { pendingMs: 'held', shuttingDownMs: 'held' } },
    });
  });
  afterEach(() => relays.close());

  /** A relay that runs, and was not brought up yet. */
  async function launch(session: string, changes: Partial<ProvisionRequest> = {}): Promise<InstanceRef> {
    const made = await relays.provider.provision(requestFor(session, changes), placementFrom());
    await relays.ec2.advance(made.instanceId);
    return refFor(made, relays.clock);
  }

  async function addressOf(ref: InstanceRef, provider: RelayProvider = relays.provider, changes = {}) {
    const instance = await provider.bringUp(ref, requestFor(ref.sessionId, changes));
    return instance?.address?.publicIp;
  }

  const holders = () => relays.ec2.addresses().map(({ publicIp, instanceId }) => [publicIp, instanceId]);
  const countOf = (action: string) => relays.ec2.calls.filter((call) => call.action === action).length;

  it("is allocated for his first relay, with tags that say whose it is, and becomes that relay's address", async () => {
    const ref = await launch('ses_1');
    const publicIp = await addressOf(ref);
    deepEqual(holders(), [[publicIp, ref.instanceId]]);
    deepEqual(relays.ec2.addresses()[0]?.tags, {
      'telemy:deployment': 'test',
      'telemy:user-id': 'usr_1',
      Name: 'telemy-usr_1',
    });
  });

  it('is the same for his next relay', async () => {
    const first = await launch('ses_1');
    const publicIp = await addressOf(first);
    await relays.provider.deprovision(first);
    equal(await addressOf(await launch('ses_2')), publicIp);
    equal(relays.ec2.addresses().length, 1);
  });

  it('is taken from a relay that is ending', async () => {
    const first = await launch('ses_1');
    const publicIp = await addressOf(first);
    relays.ec2.terminate(first.instanceId);
    const second = await launch('ses_2');
    equal(await addressOf(second), publicIp);
    deepEqual(holders(), [[publicIp, second.instanceId]]);
  });

  it('is not taken from a relay that lives: the other keeps the address of its own', async () => {
    const first = await launch('ses_1');
    const publicIp = await addressOf(first);
    const second = await launch('ses_2');
    const own = relays.ec2.instance(second.instanceId).publicIp;
    equal(await addressOf(second), own);
    notEqual(own, publicIp);
    deepEqual(holders(), [[publicIp, first.instanceId]]);
  });

  it('is another one in another region, and for another user', async () => {
    await addressOf(await launch('ses_1'));
    await addressOf(await launch('ses_2', { region: AWAY }));
    await addressOf(await launch('ses_3', { userId: 'usr_3' }), relays.provider, { userId: 'usr_3' });
    deepEqual(
      relays.ec2
        .addresses()
        .map(({ region, tags }) => [region, tags['telemy:user-id']])
        .sort(),
      [
        [AWAY, 'usr_1'],
        [HOME, 'usr_1'],
        [HOME, 'usr_3'],
      ],
    );
  });

  it('is one, however many of his relays come up at once', async () => {
    const refs = await Promise.all(['ses_1', 'ses_2', 'ses_3'].map((session) => launch(session)));
    const addresses = await Promise.all(refs.map((ref) => addressOf(ref, relays.another())));
    equal(relays.ec2.addresses().length, 1);
    equal(new Set(addresses).size, 3);
    const [address] = relays.ec2.addresses();
    const holder = refs.findIndex(({ instanceId }) => instanceId === address?.instanceId);
    equal(addresses[holder], address?.publicIp);
  });

  it('that is free goes to one of his relays that come up at once, and is not taken from it again', async () => {
    const former = await launch('ses_1');
    const publicIp = await addressOf(former);
    await relays.provider.deprovision(former);
    const refs = [await launch('ses_2'), await launch('ses_3')];
    const addresses = await Promise.all(refs.map((ref) => addressOf(ref, relays.another())));
    equal(new Set(addresses).size, 2);
    deepEqual(holders(), [[publicIp, refs[addresses.indexOf(publicIp)]?.instanceId]]);
  });

  it("is never another deployment's, though the user has the same id there", async () => {
    const theirs = await launch('ses_1', { deployment: 'other' });
    const publicIp = await addressOf(theirs, relays.provider, { deployment: 'other' });
    await relays.provider.deprovision(theirs);
    const ours = await launch('ses_2');
    notEqual(await addressOf(ours), publicIp);
    equal(relays.ec2.addresses().find((address) => address.publicIp === publicIp)?.instanceId, undefined);
  });

  it('is one, although the answer to its allocation was lost', async () => {
    const ref = await launch('ses_1');
    relays.ec2.faults = [{ kind: 'lost', actions: ['AllocateAddress'], count: 1 }];
    const publicIp = await addressOf(ref);
    deepEqual(holders(), [[publicIp, ref.instanceId]]);
  });

  it('is one, whichever call its process died at', async () => {
    for (const action of ['DescribeAddresses', 'AllocateAddress', 'AssociateAddress']) {
      const userId = `usr_${action}`;
      const ref = await launch(`ses_${action}`, { userId });
      relays.ec2.faults = [{ kind: 'lost', actions: [action] }];
      await addressOf(ref, relays.another(), { userId }).catch(() => undefined);
      relays.ec2.faults = [];
      await addressOf(ref, relays.another(), { userId });
      const own = relays.ec2.addresses().filter(({ tags }) => tags['telemy:user-id'] === userId);
      deepEqual(
        own.map(({ instanceId }) => instanceId),
        [ref.instanceId],
        action,
      );
    }
  });

  it('is looked up once for a relay, however often it is asked how far it is', async () => {
    const ref = await launch('ses_1');
    for (let poll = 1; poll <= 3; poll += 1) await addressOf(ref);
    equal(countOf('DescribeAddresses'), 2);
    equal(countOf('AssociateAddress'), 1);
  });

  it('is done without when the region has no more: the relay keeps the address of its own, and the log says so', async () => {
    relays.ec2.setQuotas(HOME, { addresses: 0 });
    const ref = await launch('ses_1');
    equal(await addressOf(ref), relays.ec2.instance(ref.instanceId).publicIp);
    match(relays.log.join(''), /"code":"AddressLimitExceeded".*aws_no_elastic_ip/);
  });

  it('is done without when we may not use any', async () => {
    relays.ec2.faults = [{ kind: 'unauthorized', actions: ['DescribeAddresses'] }];
    const ref = await launch('ses_1');
    equal(await addressOf(ref), relays.ec2.instance(ref.instanceId).publicIp);
  });
});
