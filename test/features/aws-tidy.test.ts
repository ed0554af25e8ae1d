import { deepEqual, equal, match } from 'node:assert/strict';
import { AllocateAddressCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { InstanceRef } from '../../src/features/relay/providers/provider.ts';
import {
  AWAY,
  type AwsRelays,
  HOME,
  placementFrom,
  refFor,
  requestFor,
  startAwsRelays,
} from '../support/aws-relays.ts';

describe('what relays on EC2 leave behind', () => {
  let relays: AwsRelays;
  const live = new Set<string>();
  const users = new Set<string>();

  beforeEach(async () => {
    relays = await startAwsRelays({
      fleet: { elasticIps: true },
      ec2: { timing: { pendingMs: 'held', shuttingDownMs: 'held' } },
    });
    live.clear();
    users.clear();
    users.add('usr_1');
  });
  afterEach(() => relays.close());

  const tidy = (changes: { act?: boolean; limit?: number; deployment?: string } = {}) =>
    relays.provider.tidy({
      deployment: 'test',
      act: true,
      limit: 100,
      liveAmong: async (ids) => new Set(ids.filter((id) => live.has(id))),
      usersAmong: async (ids) => new Set(ids.filter((id) => users.has(id))),
      ...changes,
    });

  async function launch(session: string, changes = {}): Promise<InstanceRef> {
    return refFor(await relays.provider.provision(requestFor(session, changes), placementFrom()), relays.clock);
  }

  /** A security group without an instance, as a launch leaves that was killed before RunInstances. */
  async function leaveGroup(session: string, changes = {}): Promise<void> {
    relays.ec2.faults = [{ kind: 'internal-error', actions: ['RunInstances'] }];
    await launch(session, changes).catch(() => undefined);
    relays.ec2.faults = [];
  }

  async function leaveAddress(tags: Record<string, string>, region = HOME): Promise<void> {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    const client = new EC2Client({ endpoint: relays.ec2.url, region, credentials });
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const TagSpecifications = [{ ResourceType: 'elastic-ip' as const, Tags }];
    await client.send(new AllocateAddressCommand({ Domain: 'vpc', TagSpecifications }));
    client.destroy();
  }

  const groups = () => relays.ec2.securityGroups().map(({ tags }) => tags['telemy:session-id']);
  const owned = (userId: string) => ({ 'telemy:deployment': 'test', 'telemy:user-id': userId });

  it('is a security group of a session that has ended; it is deleted, in every region', async () => {
    await leaveGroup('ses_home');
    await leaveGroup('ses_away', { region: AWAY });
    const said = await tidy();
    equal(said.length, 2);
    match(String(said[0]), /^Security group sg-\w+ in us-east-1 was made for ses_home, which has ended\.$/);
    deepEqual(groups(), []);
  });

  it('is not the group of a live session, though no instance has it yet', async () => {
    await leaveGroup('ses_1');
    live.add('ses_1');
    deepEqual(await tidy(), []);
    deepEqual(groups(), ['ses_1']);
  });

  it('is not a group that an instance still has', async () => {
    await launch('ses_1');
    deepEqual(await tidy(), []);
    deepEqual(await tidy({ act: false }), []);
    deepEqual(groups(), ['ses_1']);
  });

  it("is never another deployment's", async () => {
    await leaveGroup('ses_1', { deployment: 'other' });
    await leaveAddress({ 'telemy:deployment': 'other', 'telemy:user-id': 'usr_gone' });
    deepEqual(await tidy(), []);
    equal(relays.ec2.addresses().length, 1);
    deepEqual(groups(), ['ses_1']);
  });

  it('is never what carries no tags of ours', async () => {
    await leaveAddress({});
    await leaveAddress({ 'telemy:deployment': 'test' });
    deepEqual(await tidy(), []);
    equal(relays.ec2.addresses().length, 2);
  });

  it('is an Elastic IP of a user who is gone; it is released', async () => {
    await leaveAddress(owned('usr_gone'));
    await leaveAddress(owned('usr_1'));
    const said = await tidy();
    match(String(said[0]), /^Elastic IP eipalloc-\w+ in us-east-1 belongs to usr_gone, who is gone\.$/);
    deepEqual(
      relays.ec2.addresses().map(({ tags }) => tags['telemy:user-id']),
      ['usr_1'],
    );
  });

  it('is not an Elastic IP that a relay has, whoever is gone', async () => {
    const ref = await launch('ses_1');
    await relays.ec2.advance(ref.instanceId);
    await relays.provider.bringUp(ref, requestFor());
    users.clear();
    deepEqual(await tidy(), []);
    deepEqual(await tidy({ act: false }), []);
    equal(relays.ec2.addresses().length, 1);
  });

  it("is a user's second Elastic IP, of which one stays", async () => {
    for (let made = 1; made <= 3; made += 1) await leaveAddress(owned('usr_1'));
    equal((await tidy()).length, 2);
    equal(relays.ec2.addresses().length, 1);
    deepEqual(await tidy(), []);
  });

  it('is only said, not changed, when it is not to act', async () => {
    await leaveGroup('ses_1');
    await leaveAddress(owned('usr_gone'));
    equal((await tidy({ act: false })).length, 2);
    equal(relays.ec2.addresses().length, 1);
    deepEqual(groups(), ['ses_1']);
  });

  it('is put in order in the other regions while one is away', async () => {
    await leaveGroup('ses_home');
    await leaveGroup('ses_away', { region: AWAY });
    relays.ec2.faults = [{ kind: 'unauthorized', region: HOME }];
    equal((await tidy()).length, 1);
    deepEqual(groups(), ['ses_home']);
    match(relays.log.join(''), /"region":"us-east-1","code":"UnauthorizedOperation".*aws_not_tidied/);
  });

  it('is put in order up to the limit in one run', async () => {
    for (const session of ['ses_1', 'ses_2', 'ses_3']) await leaveGroup(session);
    equal((await tidy({ limit: 2 })).length, 2);
    equal(groups().length, 1);
    equal((await tidy({ limit: 2 })).length, 1);
  });
});
