import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Config, loadConfig } from '../../src/config.ts';
import { PRODUCTION, SECRETS } from '../support/good-secrets.ts';
import { CATALOG } from '../support/plans.ts';

const PREVIOUS = 'previous-0123456789-0123456789-0123';

describe('the configuration', () => {
  it('needs nothing but the secrets', () => {
    assert.deepEqual(loadConfig(SECRETS), {
      environment: 'development',
      listen: { host: '127.0.0.1', port: 8080 },
      adminListen: { host: '127.0.0.1', port: 9090 },
      processes: 1,
      dataDir: resolve('.data'),
      databaseUrl: undefined,
      databaseDirectUrl: undefined,
      publicBaseUrl: undefined,
      secrets: {
        jwt: [SECRETS.JWT_SECRET],
        refreshToken: [SECRETS.REFRESH_TOKEN_SECRET],
        relayShared: [SECRETS.RELAY_SHARED_KEY],
        pluginLoginComplete: [SECRETS.PLUGIN_LOGIN_COMPLETE_KEY],
      },
      oidc: undefined,
      geoipFile: undefined,
      relay: {
        provider: 'local',
        supportedRegions: ['us-east-1', 'eu-west-1'],
        defaultRegion: 'us-east-1',
        regionAliases: new Map([
          ['us-east', 'us-east-1'],
          ['eu-west', 'eu-west-1'],
        ]),
        domain: undefined,
        statsAccess: 'caller',
      },
      deploymentName: 'development',
      aws: undefined,
      pool: undefined,
      dns: undefined,
      minClientVersion: undefined,
      catalog: CATALOG,
      meteringPolicy: 'session',
      billing: { seller: undefined, storeId: '', webhookSecrets: [], mode: 'test', redirectOrigins: [] },
      backup: {
        destination: { kind: 'folder', folder: resolve('./.data/backups') },
        isDestinationGiven: false,
        encryption: 'none',
        recipients: [],
        identityFile: undefined,
        schedule: undefined,
        pgBinDir: undefined,
      },
      trustedProxies: [],
      cloudflareRanges: undefined,
      readCache: true,
      rateLimitStore: 'memory',
      rateLimitFactor: 1,
      logLevel: 'info',
      tracing: undefined,
    } satisfies Config);
  });

  it('takes empty values for absent ones', () => {
    const names = ['NODE_ENV', 'LISTEN_ADDR', 'DATABASE_URL', 'PUBLIC_BASE_URL', 'SUPPORTED_REGIONS', 'LOG_LEVEL'];
    const empty = Object.fromEntries([...names, 'RATE_LIMIT_FACTOR', 'JWT_SECRET_PREVIOUS'].map((name) => [name, '']));
    assert.deepEqual(loadConfig({ ...SECRETS, ...empty }), loadConfig(SECRETS));
  });

  it('is the same for the same environment, whatever else is in it', () => {
    assert.deepEqual(loadConfig({ ...SECRETS, PATH: '/bin', TELEMY_NEWER: 'x' }), loadConfig(SECRETS));
  });
});

/** Without a host it is every interface. */
const ADDRESSES: [text: string, environment: string, host: string | undefined, port: number][] = [
  [':8081', 'development', '127.0.0.1', 8081],
  [':8081', 'test', '127.0.0.1', 8081],
  [':8081', 'production', undefined, 8081],
  ['0.0.0.0:80', 'development', '0.0.0.0', 80],
  ['[::1]:0', 'development', '::1', 0],
  ['localhost:65535', 'production', 'localhost', 65_535],
];

describe('LISTEN_ADDR', () => {
  for (const [text, environment, host, port] of ADDRESSES) {
    it(`${text} in ${environment} listens on ${host ?? 'every interface'}, port ${port}`, () => {
      const config = loadConfig({ ...SECRETS, ...PRODUCTION, NODE_ENV: environment, LISTEN_ADDR: text });
      assert.deepEqual(config.listen, { host, port });
    });
  }

  it('keeps the admin server on loopback in production', () => {
    const config = loadConfig({ ...SECRETS, ...PRODUCTION, ADMIN_LISTEN_ADDR: ':9091' });
    assert.deepEqual(config.adminListen, { host: '127.0.0.1', port: 9091 });
  });
});

describe('the regions of the configuration', () => {
  it('are a list, its first the default, with aliases in lower case for those that are supported', () => {
    const { relay } = loadConfig({
      ...SECRETS,
      SUPPORTED_REGIONS: ' ap-south-1 , us-east-1,',
      REGION_ALIASES: 'India=ap-south-1, us-east = us-east-1 ,eu-west=eu-west-1',
    });
    assert.deepEqual(relay.supportedRegions, ['ap-south-1', 'us-east-1']);
    assert.equal(relay.defaultRegion, 'ap-south-1');
    assert.deepEqual(
      [...relay.regionAliases],
      [
        ['india', 'ap-south-1'],
        ['us-east', 'us-east-1'],
      ],
    );
  });

  it('have the default that is asked for', () => {
    assert.equal(loadConfig({ ...SECRETS, DEFAULT_REGION: 'eu-west-1' }).relay.defaultRegion, 'eu-west-1');
  });
});

describe('the other values of the configuration', () => {
  const CASES: [name: string, value: string, pick: (config: Config) => unknown, expected: unknown][] = [
    ['PUBLIC_BASE_URL', 'https://api.example.com//', (config) => config.publicBaseUrl, 'https://api.example.com'],
    [
      'TRUSTED_PROXIES',
      'cloudflare, 10.0.0.0/8,fd00::/8',
      (config) => config.trustedProxies.join(),
      'cloudflare,10.0.0.0/8,fd00::/8',
    ],
    ['WEB_CONCURRENCY', '1', (config) => config.processes, 1],
    ['READ_CACHE', 'off', (config) => config.readCache, false],
    ['RATE_LIMIT_STORE', 'postgres', (config) => config.rateLimitStore, 'postgres'],
    ['RATE_LIMIT_FACTOR', '0', (config) => config.rateLimitFactor, 0],
    ['RATE_LIMIT_FACTOR', '2.5', (config) => config.rateLimitFactor, 2.5],
    ['MIN_CLIENT_VERSION', '0.0.6', (config) => config.minClientVersion, '0.0.6'],
    ['DEPLOYMENT_NAME', 'staging-2', (config) => config.deploymentName, 'staging-2'],
    ['DATABASE_URL', 'postgresql://h/d', (config) => config.databaseUrl, 'postgresql://h/d'],
    ['DATA_DIR', 'somewhere', (config) => config.dataDir, resolve('somewhere')],
    ['LOG_LEVEL', 'debug', (config) => config.logLevel, 'debug'],
  ];
  for (const [name, value, pick, expected] of CASES) {
    it(`${name}=${value} gives ${expected}`, () => {
      assert.equal(pick(loadConfig({ ...SECRETS, [name]: value })), expected);
    });
  }
});

describe('the secrets of the configuration', () => {
  const RINGS = [
    ['JWT_SECRET', 'jwt'],
    ['REFRESH_TOKEN_SECRET', 'refreshToken'],
    ['RELAY_SHARED_KEY', 'relayShared'],
    ['PLUGIN_LOGIN_COMPLETE_KEY', 'pluginLoginComplete'],
  ] as const;

  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'telemy-config-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  function file(text: string): string {
    const path = join(dir, 'secret');
    writeFileSync(path, text);
    return path;
  }

  for (const [name, ring] of RINGS) {
    it(`${name} signs, and ${name}_PREVIOUS is still good`, () => {
      const { secrets } = loadConfig({ ...SECRETS, [`${name}_PREVIOUS`]: PREVIOUS });
      assert.deepEqual(secrets[ring], [SECRETS[name], PREVIOUS]);
    });

    it(`${name}_FILE and ${name}_PREVIOUS_FILE hold them too, white space around them aside`, () => {
      const { [name]: value, ...others } = SECRETS;
      const config = loadConfig({ ...others, [`${name}_FILE`]: file(`\n${value}\n`) });
      assert.deepEqual(config.secrets[ring], [value]);
      const rotated = loadConfig({ ...SECRETS, [`${name}_PREVIOUS_FILE`]: file(`${PREVIOUS}\n`) });
      assert.deepEqual(rotated.secrets[ring], [value, PREVIOUS]);
    });
  }

  it('takes an empty file for an absent value, since Compose mounts a file for each secret that there may be', () => {
    const empty = { POOL_API_KEY_FILE: file(''), JWT_SECRET_PREVIOUS_FILE: file('\n') };
    assert.deepEqual(loadConfig({ ...SECRETS, ...empty }), loadConfig(SECRETS));
    const { JWT_SECRET: _, ...others } = SECRETS;
    assert.throws(() => loadConfig({ ...others, JWT_SECRET_FILE: file('') }), /JWT_SECRET is required/);
  });

  it('may hide the password of DATABASE_URL and DATABASE_DIRECT_URL in a file', () => {
    const url = 'postgres://user:password@db/telemy';
    for (const name of ['DATABASE_URL', 'DATABASE_DIRECT_URL']) {
      const config = loadConfig({ ...SECRETS, [`${name}_FILE`]: file(`${url}\n`) });
      assert.equal(name === 'DATABASE_URL' ? config.databaseUrl : config.databaseDirectUrl, url);
    }
  });
});
