import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { AuthorizeSecurityGroupIngressCommand, CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { AwsParts } from '../../src/features/relay/providers/aws/parts.ts';
import { ensureStatsGroup } from '../../src/features/relay/providers/aws/stats-group.ts';
import { openingsFor } from '../../src/features/relay/providers/aws/stats-rules.ts';
import { ProviderRejectedError, type ProvisionRequest } from '../../src/features/relay/providers/provider.ts';
import {
  type AwsRelays,
  fleetOf,
  HOME,
  PROBES,
  placementFrom,
  READER,
  requestFor,
  startAwsRelays,
} from '../support/aws-relays.ts';

const OUR_PROBE = '198.51.100.9';
const STRANGER = '192.0.2.1';

describe('the statistics of a relay on EC2', () => {
  let relays: AwsRelays;
  let client: EC2Client;

  beforeEach(async () => {
    relays = await startAwsRelays({ ec2: { timing: { pendingMs: 'held', shuttingDownMs: 'held' } } });
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    client = new EC2Client({ endpoint: relays.ec2.url, region: HOME, credentials });
  });
  afterEach(async () => {
    client.destroy();
    await relays.close();
  });

  async function launch(changes: Partial<ProvisionRequest> = {}, session = 'ses_1'): Promise<string> {
    return (await relays.provider.provision(requestFor(session, changes), placementFrom())).instanceId;
  }

  /** Who of these may read both ports. */
  function readersOf(instanceId: string, addresses: string[]): string[] {
    return addresses.filter((ip) => [5080, 8090].every((port) => relays.ec2.allows(instanceId, port, 'tcp', ip)));
  }

  /** A group that is there before the launch. */
  async function makeGroup(tags: Record<string, string>): Promise<string> {
    const { GroupId = '' } = await client.send(
      new CreateSecurityGroupCommand({
        GroupName: 'telemy-ses_1',
        Description: 'x',
        VpcId: relays.ec2.place(HOME).vpcId,
        TagSpecifications: [
          { ResourceType: 'security-group', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
        ],
      }),
    );
    return GroupId;
  }

  it('are open to their reader and to our probes, and to nobody else', async () => {
    const instanceId = await launch();
    deepEqual(readersOf(instanceId, [READER, '203.0.113.8', OUR_PROBE, STRANGER, '::1']), [READER, OUR_PROBE]);
  });

  it('are open to a reader with an IPv6 address', async () => {
    const instanceId = await launch({ statsReader: '2001:db8::7' });
    deepEqual(readersOf(instanceId, ['2001:db8::7', '2001:db8::8', READER]), ['2001:db8::7']);
  });

  it('are open to a reader whose IPv4 address came in the form of IPv6', async () => {
    const instanceId = await launch({ statsReader: `::ffff:${READER}` });
    deepEqual(readersOf(instanceId, [READER, STRANGER]), [READER]);
  });

  it('are open to everyone without a reader', async () => {
    const instanceId = await launch({ statsReader: null });
    deepEqual(readersOf(instanceId, [STRANGER, '2001:db8::1']), [STRANGER, '2001:db8::1']);
  });

  it("are not open to other relays' readers", async () => {
    const own = await launch({}, 'ses_1');
    await launch({ statsReader: STRANGER }, 'ses_2');
    deepEqual(readersOf(own, [READER, STRANGER]), [READER]);
  });

  it('have a group beside the one that all relays have', async () => {
    const instanceId = await launch();
    const [group] = relays.ec2.securityGroups();
    equal(group?.groupName, 'telemy-ses_1');
    deepEqual(group?.tags, { 'telemy:deployment': 'test', 'telemy:session-id': 'ses_1', Name: 'telemy-ses_1' });
    deepEqual(relays.ec2.instance(instanceId).groupIds, [relays.ec2.place(HOME).groupId, group?.groupId]);
  });

  it('keep a group of an earlier run, whose rules are put right', async () => {
    const GroupId = await makeGroup({ 'telemy:deployment': 'test', 'telemy:session-id': 'ses_1' });
    const toPort = (port: number, CidrIp: string) => ({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      IpRanges: [{ CidrIp }],
    });
    await client.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [toPort(5080, `${READER}/32`), toPort(5080, `${STRANGER}/32`), toPort(22, `${STRANGER}/32`)],
      }),
    );
    const instanceId = await launch();
    equal(relays.ec2.securityGroups().length, 1);
    deepEqual(readersOf(instanceId, [READER, OUR_PROBE, STRANGER]), [READER, OUR_PROBE]);
    ok(!relays.ec2.allows(instanceId, 22, 'tcp', STRANGER));
    equal(relays.ec2.securityGroups()[0]?.rules.length, 4);
  });

  it('never use a group of that name that is not ours', async () => {
    await makeGroup({ 'telemy:deployment': 'other', 'telemy:session-id': 'ses_1' });
    await rejects(launch(), ProviderRejectedError);
    deepEqual(relays.ec2.securityGroups()[0]?.rules, []);
  });

  it('are opened once by two runs of one launch at the same time', async () => {
    await Promise.all([launch(), relays.another().provision(requestFor(), placementFrom())]);
    equal(relays.ec2.securityGroups().length, 1);
    equal(relays.ec2.securityGroups()[0]?.rules.length, 4);
    equal(relays.ec2.live().length, 1);
  });

  it('are opened wholly when another run has opened a part of them meanwhile', async () => {
    const inTheWay = async (command: Parameters<EC2Client['send']>[0]) => {
      if (command instanceof AuthorizeSecurityGroupIngressCommand && command.input.IpPermissions?.length === 4) {
        const IpPermissions = command.input.IpPermissions.slice(1, 2);
        await client.send(new AuthorizeSecurityGroupIngressCommand({ ...command.input, IpPermissions }));
      }
      return client.send(command);
    };
    const parts = { clients: { ec2: () => ({ send: inTheWay }) }, fleet: fleetOf(relays.ec2) } as unknown as AwsParts;
    await ensureStatsGroup(parts, HOME, relays.ec2.place(HOME).vpcId, requestFor());
    const calls = relays.ec2.calls.filter(({ action }) => action === 'AuthorizeSecurityGroupIngress');
    equal(calls[1]?.outcome, 'InvalidPermission.Duplicate');
    equal(relays.ec2.securityGroups()[0]?.rules.length, 4);
  });

  it('ask for the VPC of a subnet only once', async () => {
    for (const session of ['ses_1', 'ses_2', 'ses_3']) await launch({}, session);
    equal(relays.ec2.calls.filter(({ action }) => action === 'DescribeSubnets').length, 1);
  });

  it('have one rule for a range that is named twice', () => {
    deepEqual(openingsFor('198.51.100.9', '198.51.100.9/32'), [
      { port: 5080, cidr: '198.51.100.9/32' },
      { port: 8090, cidr: '198.51.100.9/32' },
    ]);
  });

  it('have the ranges in their shortest form', () => {
    deepEqual(
      openingsFor('2001:0DB8:0:0::7', '198.51.100.77/24')
        .map(({ cidr }) => cidr)
        .slice(0, 2),
      ['2001:db8::7/128', PROBES],
    );
  });

  it('are refused a reader that is no address', () => {
    for (const reader of ['', 'unknown', '1.2.3.4/8']) {
      throws(() => openingsFor(reader, PROBES), ProviderRejectedError, reader);
    }
  });
});
