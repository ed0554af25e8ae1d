import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ConfigError, loadConfig } from '../../src/config.ts';
import { readFleetFile } from '../../src/features/relay/providers/aws/fleet-file.ts';
import { FileFaultsError } from '../../src/yaml-file.ts';
import { SECRETS } from '../support/good-secrets.ts';

const REGION = {
  ami: 'ami-0123456789abcdef0',
  subnets: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  security_group: 'sg-0123456789abcdef0',
};
const FLEET = {
  instance_types: ['t3.small', 'c7i.large'],
  elastic_ips: true,
  probe_cidr: '198.51.100.0/24',
  images: { srtla: 'ghcr.io/example/srtla:1', sls: 'ghcr.io/example/sls@sha256:abc' },
  regions: { 'us-east-1': REGION, 'eu-west-1': REGION },
};
const ENVIRONMENT = { ...SECRETS, RELAY_PROVIDER: 'aws', PUBLIC_BASE_URL: 'https://api.example.com' };

describe('the configuration of relays on EC2', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'telemy-fleet-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function fileOf(fleet: unknown): Promise<string> {
    const path = join(dir, 'fleet.yaml');
    await writeFile(path, typeof fleet === 'string' ? fleet : stringify(fleet));
    return path;
  }

  async function faultsOf(changes: Record<string, string | undefined>, fleet: unknown = FLEET) {
    try {
      loadConfig({ ...ENVIRONMENT, AWS_FLEET_FILE: await fileOf(fleet), ...changes });
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.faults.map((fault) => fault.replace(`(${dir}/fleet.yaml) `, ''));
      throw error;
    }
  }

  it('is read from the fleet file', async () => {
    const region = { ami: REGION.ami, subnets: REGION.subnets, securityGroup: REGION.security_group };
    deepEqual(readFleetFile(await fileOf(FLEET)), {
      instanceTypes: FLEET.instance_types,
      elasticIps: true,
      probeCidr: FLEET.probe_cidr,
      images: FLEET.images,
      regions: new Map([
        ['us-east-1', region],
        ['eu-west-1', region],
      ]),
    });
  });

  it('keeps public addresses for nobody, unless it says so', async () => {
    const { elastic_ips: _left, ...rest } = FLEET;
    equal(readFleetFile(await fileOf(rest)).elasticIps, false);
  });

  const BAD: [what: string, change: object, faults: string[]][] = [
    ['no types', { instance_types: [] }, ['instance_types: must name at least one']],
    ['a type twice', { instance_types: ['t3.small', 't3.small'] }, ['instance_types: must name each only once']],
    ['a type that is none', { instance_types: ['small'] }, ['instance_types.0: must look like t3.small']],
    ['a range that is none', { probe_cidr: '198.51.100.1' }, ['probe_cidr: must be a CIDR such as 203.0.113.0/24']],
    [
      'an image that is none',
      { images: { srtla: 'a b', sls: 'x' } },
      ['images.srtla: must be the name of a container image'],
    ],
    ['no images', { images: undefined }, ['images: is required']],
    [
      'several at once',
      { regions: { 'us-east-1': { ...REGION, ami: 'ami', subnets: ['x'], security_group: undefined } } },
      [
        'regions.us-east-1.ami: must look like ami-0123456789abcdef0',
        'regions.us-east-1.subnets.0: must look like subnet-0123456789abcdef0',
        'regions.us-east-1.security_group: is required',
      ],
    ],
  ];
  for (const [what, change, faults] of BAD) {
    it(`is refused with ${what}`, async () => {
      const path = await fileOf({ ...FLEET, ...change });
      throws(() => readFleetFile(path), { name: 'FileFaultsError', faults });
    });
  }

  it('is refused with what it does not know, and with no fleet at all', async () => {
    for (const fleet of [{ ...FLEET, instance_type: 't3.small' }, '', '- a list', 'a: [']) {
      const path = await fileOf(fleet);
      throws(() => readFleetFile(path), FileFaultsError);
    }
  });

  it('tells each fault of the file as one of the variable', async () => {
    deepEqual(await faultsOf({}, { ...FLEET, instance_types: [], images: undefined }), [
      'AWS_FLEET_FILE instance_types: must name at least one',
      'AWS_FLEET_FILE images: is required',
    ]);
  });

  it('is complete with a fleet and our address', async () => {
    deepEqual(await faultsOf({}), []);
    deepEqual(await faultsOf({ AWS_FLEET_FILE: undefined, PUBLIC_BASE_URL: undefined }), [
      'AWS_FLEET_FILE is required with RELAY_PROVIDER=aws',
      'PUBLIC_BASE_URL is required with RELAY_PROVIDER=aws',
    ]);
  });

  it('has every region that relays can be asked for in', async () => {
    deepEqual(await faultsOf({ SUPPORTED_REGIONS: 'us-east-1,ap-south-1' }), [
      'AWS_FLEET_FILE must have ap-south-1, which is in SUPPORTED_REGIONS',
    ]);
  });

  it('says where our probes come from, unless everyone may read statistics', async () => {
    const { probe_cidr: _left, ...rest } = FLEET;
    deepEqual(await faultsOf({}, rest), ['AWS_FLEET_FILE must have probe_cidr with STATS_ACCESS=caller']);
    deepEqual(await faultsOf({ STATS_ACCESS: 'open' }, rest), []);
  });

  it('may come with another provider, for the relays that are still there', async () => {
    const { relay, aws } = loadConfig({ ...SECRETS, AWS_FLEET_FILE: await fileOf(FLEET) });
    equal(relay.provider, 'local');
    ok(aws?.fleet.regions.has('eu-west-1'));
  });

  it('has the credentials that are given, the secret ones from files too', async () => {
    const secret = join(dir, 'secret');
    await writeFile(secret, 'file-secret\n');
    const given = {
      AWS_FLEET_FILE: await fileOf(FLEET),
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566/',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY_FILE: secret,
      AWS_SESSION_TOKEN: 'session',
    };
    const { aws } = loadConfig({ ...ENVIRONMENT, ...given });
    equal(aws?.endpointUrl, 'http://127.0.0.1:4566');
    deepEqual(aws?.credentials, {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'file-secret',
      sessionToken: 'session',
    });
  });

  it("leaves it to AWS's SDK to find credentials when none are given", async () => {
    const { aws } = loadConfig({ ...ENVIRONMENT, AWS_FLEET_FILE: await fileOf(FLEET) });
    equal(aws?.credentials, undefined);
  });
});
