import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeInstanceTypesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DisassociateAddressCommand,
  EC2Client,
  type EC2ClientConfig,
  type EC2ServiceException,
  paginateDescribeInstances,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Ec2, type Ec2Options, startEc2 } from '../support/ec2/index.ts';
import { eventually } from '../support/eventually.ts';

const REGION = 'us-east-1';
const USER_DATA = '#!/bin/sh\nrelay --publish live_abc --play play_abc\n';

/** For `rejects`: an answer with this status and error code. */
function refusal(status: number, code: string) {
  return (error: EC2ServiceException) => {
    deepEqual([error.$metadata.httpStatusCode, error.name], [status, code]);
    return true;
  };
}

describe('the stand-in for EC2', () => {
  let ec2: Ec2;
  let client: EC2Client;
  const ends: (() => unknown)[] = [];

  async function start(options: Ec2Options = {}): Promise<void> {
    ec2 = await startEc2({ endpoints: false, ...options });
    ends.push(ec2.close);
    client = connect();
  }

  function connect(options: EC2ClientConfig = {}): EC2Client {
    const connected = new EC2Client({
      endpoint: ec2.url,
      region: REGION,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      maxAttempts: 1,
      ...options,
    });
    ends.push(() => connected.destroy());
    return connected;
  }

  function launchInput(values: Partial<RunInstancesCommandInput> = {}): RunInstancesCommandInput {
    const { imageIds, subnets } = ec2.place(REGION);
    return {
      ImageId: imageIds[0],
      InstanceType: 't3.small',
      SubnetId: subnets[0]?.subnetId,
      MinCount: 1,
      MaxCount: 1,
      UserData: Buffer.from(USER_DATA).toString('base64'),
      ...values,
    };
  }

  /** Launches an instance and answers its id. */
  async function launch(values: Partial<RunInstancesCommandInput> = {}, by = client): Promise<string> {
    const { Instances } = await by.send(new RunInstancesCommand(launchInput(values)));
    return Instances?.[0]?.InstanceId ?? '';
  }

  async function launchRunning(values: Partial<RunInstancesCommandInput> = {}): Promise<string> {
    const instanceId = await launch(values);
    await ec2.advance(instanceId);
    return instanceId;
  }

  async function describeAll(input: DescribeInstancesCommandInput = {}) {
    const { Reservations = [] } = await client.send(new DescribeInstancesCommand(input));
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  }

  async function describeOne(instanceId: string) {
    return (await describeAll({ InstanceIds: [instanceId] }))[0];
  }

  async function allocate(): Promise<{ AllocationId: string; PublicIp: string }> {
    const { AllocationId = '', PublicIp = '' } = await client.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    return { AllocationId, PublicIp };
  }

  async function createGroup(GroupName = 'relays'): Promise<string> {
    const command = new CreateSecurityGroupCommand({ GroupName, Description: 'x', VpcId: ec2.place(REGION).vpcId });
    return (await client.send(command)).GroupId ?? '';
  }

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  describe('launches', () => {
    beforeEach(() => start({ timing: { pendingMs: 'held', shuttingDownMs: 'held' } }));

    it('answer the instance as it was asked for', async () => {
      const groupId = await createGroup();
      const instanceId = await launch({
        ClientToken: 'ses_1:1',
        SecurityGroupIds: [groupId],
        InstanceInitiatedShutdownBehavior: 'terminate',
        MetadataOptions: { HttpTokens: 'required' },
        TagSpecifications: [
          { ResourceType: 'instance', Tags: [{ Key: 'telemy:session-id', Value: '<ses_1> & "more"' }] },
          { ResourceType: 'volume', Tags: [{ Key: 'other', Value: 'x' }] },
        ],
      });
      const instance = await describeOne(instanceId);
      deepEqual(instance?.Tags, [{ Key: 'telemy:session-id', Value: '<ses_1> & "more"' }]);
      deepEqual(instance?.SecurityGroups, [{ GroupId: groupId, GroupName: 'relays' }]);
      deepEqual(instance?.State, { Code: 0, Name: 'pending' });
      equal(instance?.ClientToken, 'ses_1:1');
      equal(instance?.SubnetId, ec2.place(REGION).subnets[0]?.subnetId);
      equal(instance?.Placement?.AvailabilityZone, 'us-east-1a');
      equal(instance?.PublicIpAddress, undefined);
      ok(instance?.LaunchTime instanceof Date);
      equal(ec2.instance(instanceId).userData, USER_DATA);
    });

    it('take subnet and groups from a network interface too, and give no public address where none is wanted', async () => {
      const groupId = await createGroup();
      const subnetId = ec2.place(REGION).subnets[1]?.subnetId;
      const instanceId = await launchRunning({
        SubnetId: undefined,
        NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnetId, Groups: [groupId], AssociatePublicIpAddress: false }],
      });
      const instance = await describeOne(instanceId);
      equal(instance?.SubnetId, subnetId);
      equal(instance?.SecurityGroups?.[0]?.GroupId, groupId);
      equal(instance?.PublicIpAddress, undefined);
      ok(instance?.PrivateIpAddress);
    });

    it('with one token and the same parameters come to one instance, at the same time and after its end', async () => {
      const ids = await Promise.all([1, 2, 3].map(() => launch({ ClientToken: 'once' })));
      equal(new Set(ids).size, 1);
      await client.send(new TerminateInstancesCommand({ InstanceIds: [ids[0] ?? ''] }));
      await ec2.advance(ids[0] ?? '');
      const again = await client.send(new RunInstancesCommand(launchInput({ ClientToken: 'once' })));
      equal(again.Instances?.[0]?.InstanceId, ids[0]);
      equal(again.Instances?.[0]?.State?.Name, 'terminated');
      equal(ec2.instances().length, 1);
    });

    it('with one token and other parameters are refused', async () => {
      await launch({ ClientToken: 'once' });
      await rejects(launch({ ClientToken: 'once', InstanceType: 't3.medium' }), {
        name: 'IdempotentParameterMismatch',
      });
      await rejects(launch({ ClientToken: 'once', SubnetId: ec2.place(REGION).subnets[1]?.subnetId }), {
        name: 'IdempotentParameterMismatch',
      });
      equal(ec2.instances().length, 1);
    });

    it('count a token in each region by itself', async () => {
      await launch({ ClientToken: 'once' });
      const { imageIds, subnets } = ec2.place('eu-west-1');
      await launch(
        { ClientToken: 'once', ImageId: imageIds[0], SubnetId: subnets[0]?.subnetId },
        connect({ region: 'eu-west-1' }),
      );
      deepEqual([ec2.instances(REGION).length, ec2.instances('eu-west-1').length], [1, 1]);
    });

    it('that name what is not there are refused', async () => {
      await rejects(launch({ SubnetId: 'subnet-0' }), { name: 'InvalidSubnetID.NotFound' });
      await rejects(launch({ ImageId: 'ami-0' }), { name: 'InvalidAMIID.NotFound' });
      await rejects(launch({ SecurityGroupIds: ['sg-0'] }), { name: 'InvalidGroup.NotFound' });
      await rejects(launch({}, connect({ region: 'sa-east-1' })), { name: 'AuthFailure' });
      equal(ec2.instances().length, 0);
    });

    it('fail where there is no room, and leave their token free', async () => {
      const [first, second] = ec2.place(REGION).subnets;
      ec2.setCapacity({ region: REGION, subnetId: first?.subnetId, instanceType: 't3.small' }, 0);
      await rejects(launch({ ClientToken: 'once' }), refusal(500, 'InsufficientInstanceCapacity'));
      await launch({ ClientToken: 'once', InstanceType: 't3.medium' });
      await launch({ SubnetId: second?.subnetId });
      ec2.setCapacity({ region: REGION, subnetId: first?.subnetId, instanceType: 't3.small' }, 1);
      await launch();
      await rejects(launch(), { name: 'InsufficientInstanceCapacity' });
    });

    it('fail over the quota of vCPUs or instances, which instances that end give back', async () => {
      ec2.setQuotas(REGION, { vcpus: 3 });
      const instanceId = await launch();
      await rejects(launch(), { name: 'VcpuLimitExceeded' });
      ec2.terminate(instanceId);
      await launch();
      ec2.setQuotas(REGION, { vcpus: 100, instances: 1 });
      await rejects(launch(), { name: 'InstanceLimitExceeded' });
    });
  });

  describe('instances', () => {
    beforeEach(() => start({ timing: { pendingMs: 'held', shuttingDownMs: 'held', vanishMs: 'held' } }));

    it('are unknown for a while after their launch, to every call but the launch', async () => {
      ec2.timing.hiddenMs = 'held';
      const instanceId = await launch({ ClientToken: 'once' });
      await rejects(describeOne(instanceId), { name: 'InvalidInstanceID.NotFound' });
      await rejects(client.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] })), {
        name: 'InvalidInstanceID.NotFound',
      });
      deepEqual(await describeAll(), []);
      equal(await launch({ ClientToken: 'once' }), instanceId);
      ec2.reveal(instanceId);
      equal((await describeOne(instanceId))?.InstanceId, instanceId);
    });

    it('can be missed by the first describes instead', async () => {
      ec2.timing.hiddenDescribes = 2;
      const instanceId = await launch();
      await rejects(describeOne(instanceId), { name: 'InvalidInstanceID.NotFound' });
      deepEqual(await describeAll({ Filters: [{ Name: 'instance-id', Values: [instanceId] }] }), []);
      equal((await describeOne(instanceId))?.InstanceId, instanceId);
    });

    it('go from pending to unknown in five steps', async () => {
      const instanceId = await launch();
      const stateNow = async () => (await describeOne(instanceId))?.State?.Name;
      equal(await stateNow(), 'pending');
      await ec2.advance(instanceId);
      equal(await stateNow(), 'running');
      ok((await describeOne(instanceId))?.PublicIpAddress?.startsWith('127.'));
      ec2.terminate(instanceId);
      equal(await stateNow(), 'shutting-down');
      await ec2.advance(instanceId);
      const terminated = await describeOne(instanceId);
      equal(terminated?.State?.Name, 'terminated');
      equal(terminated?.StateReason?.Code, 'Client.InstanceInitiatedShutdown');
      equal(terminated?.PublicIpAddress, undefined);
      await ec2.advance(instanceId);
      await rejects(describeOne(instanceId), { name: 'InvalidInstanceID.NotFound' });
    });

    it('take these steps by themselves, unless they are held', async () => {
      Object.assign(ec2.timing, { pendingMs: 1, shuttingDownMs: 1, vanishMs: 1 });
      const instanceId = await launch();
      await eventually(() => equal(ec2.instance(instanceId).state, 'running'));
      ec2.terminate(instanceId);
      await eventually(() => rejects(describeOne(instanceId), { name: 'InvalidInstanceID.NotFound' }));
    });

    it('end once, however often that is asked for', async () => {
      const instanceId = await launchRunning();
      const terminate = async () => {
        const command = new TerminateInstancesCommand({ InstanceIds: [instanceId] });
        const { TerminatingInstances = [] } = await client.send(command);
        return TerminatingInstances.map(({ PreviousState, CurrentState }) => [PreviousState?.Name, CurrentState?.Name]);
      };
      deepEqual(await terminate(), [['running', 'shutting-down']]);
      deepEqual(await terminate(), [['shutting-down', 'shutting-down']]);
      await ec2.advance(instanceId);
      deepEqual(await terminate(), [['terminated', 'terminated']]);
    });

    it('are found by tag, by key of a tag and by state', async () => {
      const tags = (Value: string) => [
        { ResourceType: 'instance' as const, Tags: [{ Key: 'telemy:deployment', Value }] },
      ];
      const a = await launchRunning({ TagSpecifications: tags('a') });
      const b = await launch({ TagSpecifications: tags('b') });
      const untagged = await launch();
      const find = async (Name: string, Values: string[]) =>
        (await describeAll({ Filters: [{ Name, Values }] })).map(({ InstanceId }) => InstanceId);
      deepEqual(await find('tag:telemy:deployment', ['a', 'c']), [a]);
      deepEqual(await find('tag-key', ['telemy:*']), [a, b]);
      deepEqual(await find('instance-state-name', ['pending']), [b, untagged]);
      await client.send(
        new CreateTagsCommand({ Resources: [untagged], Tags: [{ Key: 'telemy:deployment', Value: 'c' }] }),
      );
      deepEqual(await find('tag:telemy:deployment', ['a', 'c']), [a, untagged]);
    });

    it('are listed page by page, each once', async () => {
      const launched: string[] = [];
      for (let count = 0; count < 12; count += 1) launched.push(await launch());
      const pages: (string | undefined)[][] = [];
      for await (const { Reservations = [] } of paginateDescribeInstances({ client, pageSize: 5 }, {})) {
        pages.push(Reservations.map(({ Instances }) => Instances?.[0]?.InstanceId));
      }
      deepEqual(
        pages.map(({ length }) => length),
        [5, 5, 2],
      );
      deepEqual(pages.flat(), launched);
    });
  });

  describe('security groups', () => {
    beforeEach(() => start({ timing: { pendingMs: 'held', shuttingDownMs: 'held' } }));

    const permission = (values: object) => ({ IpProtocol: 'tcp', FromPort: 5080, ToPort: 5080, ...values });

    it('have a name of their own in their VPC, and tags', async () => {
      const { vpcId } = ec2.place(REGION);
      const created = await client.send(
        new CreateSecurityGroupCommand({
          GroupName: 'relays',
          Description: 'of relays',
          VpcId: vpcId,
          TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'telemy:deployment', Value: 'a' }] }],
        }),
      );
      await rejects(createGroup('relays'), { name: 'InvalidGroup.Duplicate' });
      const find = async (Name: string, value: string) => {
        const command = new DescribeSecurityGroupsCommand({ Filters: [{ Name, Values: [value] }] });
        return (await client.send(command)).SecurityGroups?.map(({ GroupId }) => GroupId);
      };
      deepEqual(await find('group-name', 'relays'), [created.GroupId]);
      deepEqual(await find('tag:telemy:deployment', 'a'), [created.GroupId]);
      equal((await find('vpc-id', vpcId))?.length, 2);
      await rejects(client.send(new DescribeSecurityGroupsCommand({ GroupIds: ['sg-0'] })), {
        name: 'InvalidGroup.NotFound',
      });
    });

    it('let in what their rules say, no more and each rule once', async () => {
      const GroupId = await createGroup();
      const instanceId = await launch({ SecurityGroupIds: [GroupId] });
      const rules = [
        permission({ IpRanges: [{ CidrIp: '203.0.113.7/32', Description: 'ses_1' }] }),
        permission({ Ipv6Ranges: [{ CidrIpv6: '2001:DB8:0::1/128' }] }),
        permission({ IpProtocol: 'udp', FromPort: 5000, ToPort: 5001, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }),
      ];
      await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: rules }));
      ok(ec2.allows(instanceId, 5080, 'tcp', '203.0.113.7'));
      ok(ec2.allows(instanceId, 5080, 'tcp', '2001:db8::1'));
      ok(ec2.allows(instanceId, 5001, 'udp', '198.51.100.1'));
      ok(!ec2.allows(instanceId, 5080, 'tcp', '203.0.113.8'));
      ok(!ec2.allows(instanceId, 5080, 'udp', '203.0.113.7'));
      ok(!ec2.allows(instanceId, 8090, 'tcp', '203.0.113.7'));
      await rejects(
        client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: rules.slice(0, 1) })),
        { name: 'InvalidPermission.Duplicate' },
      );
      const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
      deepEqual(SecurityGroups?.[0]?.IpPermissions?.[0]?.IpRanges, [
        { CidrIp: '203.0.113.7/32', Description: 'ses_1' },
      ]);
      deepEqual(SecurityGroups?.[0]?.IpPermissions?.[0]?.Ipv6Ranges, [{ CidrIpv6: '2001:db8::1/128' }]);
    });

    it('lose a rule when it is revoked, and know when there was none', async () => {
      const GroupId = await createGroup();
      const instanceId = await launch({ SecurityGroupIds: [GroupId] });
      const IpPermissions = [permission({ IpRanges: [{ CidrIp: '203.0.113.7/32' }] })];
      await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
      const revoke = () => client.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
      await revoke();
      ok(!ec2.allows(instanceId, 5080, 'tcp', '203.0.113.7'));
      await rejects(revoke(), { name: 'InvalidPermission.NotFound' });
    });

    it('take no more rules than their quota, and of one call all or none', async () => {
      ec2.setQuotas(REGION, { rulesPerGroup: 1 });
      const GroupId = await createGroup();
      const IpPermissions = [permission({ IpRanges: [{ CidrIp: '203.0.113.7/32' }, { CidrIp: '203.0.113.8/32' }] })];
      await rejects(client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })), {
        name: 'RulesPerSecurityGroupLimitExceeded',
      });
      deepEqual(ec2.securityGroups()[0]?.rules, []);
    });

    it('stay as long as an instance uses them that is not terminated', async () => {
      const GroupId = await createGroup();
      const instanceId = await launch({ SecurityGroupIds: [GroupId] });
      const remove = () => client.send(new DeleteSecurityGroupCommand({ GroupId }));
      await rejects(remove(), { name: 'DependencyViolation' });
      ec2.terminate(instanceId);
      await rejects(remove(), { name: 'DependencyViolation' });
      await ec2.advance(instanceId);
      await remove();
      await rejects(remove(), { name: 'InvalidGroup.NotFound' });
      deepEqual(ec2.securityGroups(), []);
    });
  });

  describe('Elastic IPs', () => {
    beforeEach(() => start({ timing: { pendingMs: 'held', shuttingDownMs: 'held' } }));

    const associate = (InstanceId: string, AllocationId: string, AllowReassociation?: boolean) =>
      client.send(new AssociateAddressCommand({ InstanceId, AllocationId, AllowReassociation }));

    it('take the place of the public address, and give it back', async () => {
      const instanceId = await launchRunning();
      const { publicIp } = ec2.instance(instanceId);
      const { AllocationId, PublicIp } = await allocate();
      const { AssociationId } = await associate(instanceId, AllocationId);
      equal((await describeOne(instanceId))?.PublicIpAddress, PublicIp);
      notEqual(publicIp, PublicIp);
      await client.send(new DisassociateAddressCommand({ AssociationId }));
      const after = (await describeOne(instanceId))?.PublicIpAddress;
      ok(after !== undefined && after !== PublicIp);
      await rejects(client.send(new DisassociateAddressCommand({ AssociationId })), {
        name: 'InvalidAssociationID.NotFound',
      });
    });

    it('go only to instances that run', async () => {
      const instanceId = await launch();
      const { AllocationId } = await allocate();
      const NetworkInterfaceId = (await describeOne(instanceId))?.NetworkInterfaces?.[0]?.NetworkInterfaceId;
      await rejects(associate(instanceId, AllocationId), { name: 'InvalidInstanceID' });
      await rejects(client.send(new AssociateAddressCommand({ NetworkInterfaceId, AllocationId })), {
        name: 'IncorrectInstanceState',
      });
      await ec2.advance(instanceId);
      await associate(instanceId, AllocationId);
    });

    it('move to another instance only where that is allowed', async () => {
      const [first, second] = [await launchRunning(), await launchRunning()];
      const { AllocationId, PublicIp } = await allocate();
      const { AssociationId } = await associate(first, AllocationId);
      equal((await associate(first, AllocationId, false)).AssociationId, AssociationId);
      const other = await allocate();
      await associate(second, other.AllocationId, false);
      for (const id of [AllocationId, (await allocate()).AllocationId]) {
        await rejects(associate(second, id, false), { name: 'Resource.AlreadyAssociated' });
      }
      await associate(second, AllocationId, true);
      equal(ec2.instance(second).publicIp, PublicIp);
      ok(![undefined, PublicIp].includes(ec2.instance(first).publicIp));
    });

    it('are released only when nothing uses them, which the end of an instance sees to', async () => {
      const instanceId = await launchRunning();
      const { AllocationId } = await allocate();
      const release = () => client.send(new ReleaseAddressCommand({ AllocationId }));
      await associate(instanceId, AllocationId);
      ec2.terminate(instanceId);
      await rejects(release(), { name: 'InvalidIPAddress.InUse' });
      await ec2.advance(instanceId);
      await release();
      await rejects(release(), { name: 'InvalidAllocationID.NotFound' });
      deepEqual(ec2.addresses(), []);
    });

    it('are no more than the quota', async () => {
      ec2.setQuotas(REGION, { addresses: 2 });
      const results = await Promise.allSettled([allocate(), allocate(), allocate()]);
      const refused = results.filter((result) => result.status === 'rejected');
      deepEqual(
        refused.map(({ reason }) => reason.name),
        ['AddressLimitExceeded'],
      );
    });

    it('are found by tag and by instance', async () => {
      const instanceId = await launchRunning();
      const { AllocationId = '' } = await client.send(
        new AllocateAddressCommand({
          TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'telemy:user-id', Value: 'usr_1' }] }],
        }),
      );
      await allocate();
      await associate(instanceId, AllocationId);
      const find = async (Name: string, value: string) => {
        const command = new DescribeAddressesCommand({ Filters: [{ Name, Values: [value] }] });
        return (await client.send(command)).Addresses?.map((address) => address.AllocationId);
      };
      deepEqual(await find('tag:telemy:user-id', 'usr_1'), [AllocationId]);
      deepEqual(await find('instance-id', instanceId), [AllocationId]);
      await rejects(client.send(new DescribeAddressesCommand({ AllocationIds: ['eipalloc-0'] })), {
        name: 'InvalidAllocationID.NotFound',
      });
    });
  });

  describe('the catalogue', () => {
    beforeEach(() => start({ instanceTypes: { 'x1.test': 64 } }));

    it('tells where subnets are and how many vCPUs a type has', async () => {
      const { vpcId, subnets } = ec2.place(REGION);
      const [, subnet] = subnets;
      const { Subnets } = await client.send(new DescribeSubnetsCommand({ SubnetIds: [subnet?.subnetId ?? ''] }));
      deepEqual([Subnets?.[0]?.VpcId, Subnets?.[0]?.AvailabilityZone], [vpcId, 'us-east-1b']);
      const { InstanceTypes } = await client.send(
        new DescribeInstanceTypesCommand({ InstanceTypes: ['x1.test' as 't3.small'] }),
      );
      equal(InstanceTypes?.[0]?.VCpuInfo?.DefaultVCpus, 64);
    });

    it('tells the quota of vCPUs that launches are held to', async () => {
      ec2.setQuotas(REGION, { vcpus: 48 });
      const quotas = new ServiceQuotasClient({
        endpoint: ec2.url,
        region: REGION,
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      });
      ends.push(() => quotas.destroy());
      const ask = (QuotaCode: string) => quotas.send(new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode }));
      equal((await ask('L-1216C47A')).Quota?.Value, 48);
      await rejects(ask('L-0'), { name: 'NoSuchResourceException' });
    });
  });

  describe('faults', () => {
    beforeEach(() => start({ timing: { pendingMs: 'held' } }));

    it('throttle a call until the adaptive mode has retried it', async () => {
      ec2.faults = [{ kind: 'throttled', actions: ['RunInstances'], count: 1 }];
      await rejects(launch(), refusal(503, 'RequestLimitExceeded'));
      ec2.faults = [{ kind: 'throttled', actions: ['RunInstances'], count: 1 }];
      await launch({}, connect({ retryMode: 'adaptive', maxAttempts: 3 }));
      deepEqual(
        ec2.calls.map(({ outcome }) => outcome),
        ['RequestLimitExceeded', 'RequestLimitExceeded', 'ok'],
      );
      equal(ec2.instances().length, 1);
    });

    it('lose an answer, not what was done for it', async () => {
      ec2.faults = [{ kind: 'lost', count: 1 }];
      await rejects(launch({ ClientToken: 'once' }), { code: 'ECONNRESET' });
      equal(ec2.instances().length, 1);
      equal(await launch({ ClientToken: 'once' }), ec2.instances()[0]?.instanceId);
      equal(ec2.instances().length, 1);
    });

    it('leave a caller hanging until it gives up', async () => {
      ec2.faults = [{ kind: 'hang', region: REGION }];
      const impatient = connect({
        requestHandler: new NodeHttpHandler({ requestTimeout: 20, throwOnRequestTimeout: true }),
      });
      await rejects(launch({}, impatient), { name: 'TimeoutError' });
      equal(ec2.instances().length, 0);
    });

    it('refuse a call or break down over it', async () => {
      ec2.faults = [{ kind: 'unauthorized' }];
      await rejects(launch(), refusal(403, 'UnauthorizedOperation'));
      ec2.faults = [{ kind: 'internal-error' }];
      await rejects(launch(), refusal(500, 'InternalError'));
      equal(ec2.instances().length, 0);
    });

    it('hit the share of calls that the given numbers say', async () => {
      const numbers = [0.1, 0.9, 0.3, 0.2];
      await start({ random: () => numbers.shift() ?? 1, faults: [{ kind: 'throttled', share: 0.25 }] });
      for (let count = 0; count < 5; count += 1) await describeAll().catch(() => undefined);
      deepEqual(
        ec2.calls.map(({ action, region, outcome }) => [action, region, outcome]),
        ['RequestLimitExceeded', 'ok', 'ok', 'RequestLimitExceeded', 'ok'].map((outcome) => [
          'DescribeInstances',
          REGION,
          outcome,
        ]),
      );
    });
  });

  // Elsewhere only 127.0.0.1 can be listened on.
  if (process.platform === 'linux') {
    describe('relays', () => {
      const held = {
        pendingMs: 'held',
        shuttingDownMs: 'held',
        statsMs: 'held',
        slsMs: 'held',
        streamIdMs: 'held',
      } as const;

      async function get(path: string, ip: string | undefined): Promise<[number, unknown]> {
        const port = path.startsWith('/stats/') || path === '/health' ? 8090 : 5080;
        const response = await fetch(`http://${ip}:${port}${path}`);
        return [response.status, await response.json()];
      }

      async function api(ip: string | undefined, method: string, path = '', body?: object): Promise<[number, unknown]> {
        const response = await fetch(`http://${ip}:8090/api/stream-ids${path}`, {
          method,
          headers: { Authorization: 'Bearer key', 'Content-Type': 'application/json' },
          body: body && JSON.stringify(body),
        });
        return [response.status, await response.json()];
      }

      it('come up step by step', async () => {
        await start({ endpoints: true, timing: held });
        const instanceId = await launchRunning();
        const ip = ec2.instance(instanceId).publicIp;
        await rejects(get('/stats', ip));
        ec2.release(instanceId, 'stats');
        deepEqual(await get('/stats', ip), [200, { groups: [] }]);
        await rejects(get('/health', ip));
        ec2.release(instanceId, 'sls');
        equal((await get('/health', ip))[0], 200);
        equal((await get('/stats/play_abc', ip))[0], 404);
        ec2.release(instanceId, 'stream');
        deepEqual(await get('/stats/play_abc', ip), [200, { status: 'ok', publishers: {} }]);
      });

      it('come up by themselves, fail while they are held, and end with their instance', async () => {
        await start({
          endpoints: true,
          timing: { pendingMs: 1, statsMs: 1, slsMs: 1, streamIdMs: 1, shuttingDownMs: 'held' },
        });
        const instanceId = await launch();
        const ip = await eventually(async () => {
          const { publicIp } = ec2.instance(instanceId);
          equal((await get('/stats/play_abc', publicIp))[0], 200);
          return publicIp;
        });
        ec2.hold(instanceId, 'sls');
        await rejects(get('/health', ip));
        ec2.release(instanceId);
        equal((await get('/health', ip))[0], 200);
        ec2.terminate(instanceId);
        await rejects(get('/health', ip));
      });

      it('come up without the part that was held before', async () => {
        await start({ endpoints: true, timing: { pendingMs: 'held' } });
        const instanceId = await launch();
        ec2.hold(instanceId, 'stats');
        await ec2.advance(instanceId);
        const ip = ec2.instance(instanceId).publicIp;
        equal((await get('/health', ip))[0], 200);
        await rejects(get('/stats', ip));
      });

      it('keep stream ids for callers with a key', async () => {
        await start({ endpoints: true, readUserData: () => ({ apiKey: 'key' }) });
        const ip = ec2.instance(await launchRunning()).publicIp;
        const stream = { publisher: 'live_x', player: 'play_x', description: 'ses_1' };
        equal((await api(ip, 'POST', '', stream))[0], 201);
        equal((await api(ip, 'POST', '', stream))[0], 409);
        deepEqual(await api(ip, 'GET'), [200, { status: 'success', data: [stream] }]);
        equal((await get('/stats/play_x', ip))[0], 200);
        equal((await api(ip, 'DELETE', '/play_x'))[0], 200);
        equal((await api(ip, 'DELETE', '/play_x'))[0], 404);
        equal((await fetch(`http://${ip}:8090/api/stream-ids`)).status, 401);
      });

      it('are reached at the Elastic IP of their instance, and there only while it has it', async () => {
        await start({ endpoints: true });
        const InstanceId = await launchRunning();
        const { publicIp } = ec2.instance(InstanceId);
        const { AllocationId, PublicIp } = await allocate();
        await rejects(get('/stats', PublicIp));
        const { AssociationId } = await client.send(new AssociateAddressCommand({ InstanceId, AllocationId }));
        deepEqual(await get('/stats', PublicIp), [200, { groups: [] }]);
        await rejects(get('/stats', publicIp));
        await client.send(new DisassociateAddressCommand({ AssociationId }));
        await rejects(get('/stats', PublicIp));
        deepEqual(await get('/stats', ec2.instance(InstanceId).publicIp), [200, { groups: [] }]);
      });

      it('run 300 at once, each at an address of its own', async () => {
        await start({ endpoints: true, timing: { pendingMs: 0 } });
        await Promise.all(Array.from({ length: 300 }, () => launch()));
        await eventually(() => ok(ec2.live().every(({ state }) => state === 'running')));
        const ips = new Set(ec2.live().map(({ publicIp }) => publicIp));
        equal(ips.size, 300);
        const answers = await Promise.all([...ips].map((ip) => get('/health', ip)));
        ok(answers.every(([status]) => status === 200));
      });
    });
  }
});
