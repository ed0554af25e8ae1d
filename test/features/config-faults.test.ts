import assert from 'node:assert/strict';
import { ConfigError, loadConfig, SECRET_NAMES } from '../../src/config.ts';
import { PRODUCTION as NEEDED, SECRETS } from '../support/good-secrets.ts';

/** The faults that the environment is refused for; none when it is accepted. */
function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const BAD: [name: string, value: string, fault: RegExp][] = [
  ['NODE_ENV', 'staging', /^NODE_ENV .*development.*production/],
  ['LISTEN_ADDR', '8080', /^LISTEN_ADDR must look like host:port or :port$/],
  ['LISTEN_ADDR', ':65536', /^LISTEN_ADDR must look like/],
  ['LISTEN_ADDR', 'a:b:80', /^LISTEN_ADDR must look like/],
  ['ADMIN_LISTEN_ADDR', 'x', /^ADMIN_LISTEN_ADDR must look like/],
  ['WEB_CONCURRENCY', 'many', /^WEB_CONCURRENCY must be a number from 1 to 64, or auto$/],
  ['WEB_CONCURRENCY', '0', /^WEB_CONCURRENCY must be a number from 1 to 64/],
  ['WEB_CONCURRENCY', '65', /^WEB_CONCURRENCY must be a number from 1 to 64/],
  ['WEB_CONCURRENCY', '1.5', /^WEB_CONCURRENCY must be a number from 1 to 64/],
  ['WEB_CONCURRENCY', '2', /^WEB_CONCURRENCY must be 1 in development/],
  ['DATABASE_URL', 'mysql://h/d', /^DATABASE_URL must begin with postgres:\/\/$/],
  ['DATABASE_DIRECT_URL', 'h', /^DATABASE_DIRECT_URL must begin/],
  ['PUBLIC_BASE_URL', 'ftp://h', /^PUBLIC_BASE_URL must be an http or https URL$/],
  ['OIDC_ISSUER', 'id', /^OIDC_ISSUER must be an http or https URL$/],
  ['OIDC_SCOPES', 'email', /^OIDC_SCOPES must have `openid` among them$/],
  ['OIDC_TRUSTED_EMAIL', 'yes', /^OIDC_TRUSTED_EMAIL /],
  ['OIDC_PROVIDER_NAME', 'x'.repeat(41), /^OIDC_PROVIDER_NAME must have at most 40 characters$/],
  ['GEOIP_FILE', '/nowhere/countries.mmdb', /^GEOIP_FILE must be a file$/],
  ['RELAY_PROVIDER', 'moon', /^RELAY_PROVIDER /],
  ['SUPPORTED_REGIONS', ',', /^SUPPORTED_REGIONS /],
  ['SUPPORTED_REGIONS', 'US East', /^SUPPORTED_REGIONS.* must be made of a-z, 0-9 and -$/],
  ['DEFAULT_REGION', 'moon-1', /^DEFAULT_REGION must be one of SUPPORTED_REGIONS \(us-east-1, eu-west-1\)$/],
  ['REGION_ALIASES', 'us-east', /^REGION_ALIASES must look like alias=region/],
  ['REGION_ALIASES', '=us-east-1', /^REGION_ALIASES must look like alias=region/],
  ['DEPLOYMENT_NAME', 'Über', /^DEPLOYMENT_NAME must be 1 to 32 of a-z, 0-9 and -$/],
  ['MIN_CLIENT_VERSION', '1.2', /^MIN_CLIENT_VERSION must look like 1\.2\.3$/],
  ['TRUSTED_PROXIES', '10.0.0.1', /^TRUSTED_PROXIES.* must be CIDRs or `cloudflare`$/],
  ['TRUSTED_PROXIES', 'nginx', /^TRUSTED_PROXIES.* must be CIDRs or `cloudflare`$/],
  ['CLOUDFLARE_RANGES_FILE', '/nowhere/ranges', /^CLOUDFLARE_RANGES_FILE \(\/nowhere\/ranges\) cannot be read: ENOENT/],
  ['READ_CACHE', 'maybe', /^READ_CACHE .*on.*off/],
  ['RATE_LIMIT_STORE', 'redis', /^RATE_LIMIT_STORE .*memory.*postgres/],
  ['RATE_LIMIT_FACTOR', 'much', /^RATE_LIMIT_FACTOR must be a number$/],
  ['RATE_LIMIT_FACTOR', '-1', /^RATE_LIMIT_FACTOR must be between 0 and 1000$/],
  ['RATE_LIMIT_FACTOR', '1001', /^RATE_LIMIT_FACTOR must be between 0 and 1000$/],
  ['LOG_LEVEL', 'loud', /^LOG_LEVEL /],
  ['METERING_POLICY', 'guess', /^METERING_POLICY /],
  ['PLANS_FILE', '/nowhere/plans.yaml', /^PLANS_FILE \(\/nowhere\/plans.yaml\) cannot be read: ENOENT/],
  ['AWS_FLEET_FILE', '/nowhere/fleet.yaml', /^AWS_FLEET_FILE \(\/nowhere\/fleet.yaml\) cannot be read: ENOENT/],
  ['AWS_ENDPOINT_URL', 'ec2', /^AWS_ENDPOINT_URL must be an http or https URL$/],
  ['AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE', /^AWS_SECRET_ACCESS_KEY is required with AWS_ACCESS_KEY_ID$/],
  ['AWS_SECRET_ACCESS_KEY', 'secret', /^AWS_ACCESS_KEY_ID is required with AWS_SECRET_ACCESS_KEY$/],
  ['AWS_SESSION_TOKEN_FILE', '/nowhere/token', /^AWS_SESSION_TOKEN_FILE cannot be read: ENOENT/],
  ['LEMONSQUEEZY_API_BASE_URL', 'api', /^LEMONSQUEEZY_API_BASE_URL must be an http or https URL$/],
  ['LEMONSQUEEZY_STORE_ID', 'mine', /^LEMONSQUEEZY_STORE_ID must be a number$/],
  ['LEMONSQUEEZY_WEBHOOK_SECRET', 'short', /^LEMONSQUEEZY_WEBHOOK_SECRET must have at least 32 characters$/],
  ['LEMONSQUEEZY_MODE', 'real', /^LEMONSQUEEZY_MODE /],
  ['CHECKOUT_REDIRECT_ORIGINS', 'https://a.example/path', /^CHECKOUT_REDIRECT_ORIGINS.* must be origins/],
  ['CHECKOUT_REDIRECT_ORIGINS', 'javascript:alert(1)', /^CHECKOUT_REDIRECT_ORIGINS.* must be origins/],
  ['JWT_SECRET', 'x'.repeat(31), /^JWT_SECRET must have at least 32 characters$/],
  ['RELAY_SHARED_KEY_PREVIOUS', 'short', /^RELAY_SHARED_KEY_PREVIOUS must have at least 32 characters$/],
  ['JWT_SECRET_FILE', '/nowhere/secret', /^JWT_SECRET_FILE cannot be read: ENOENT/],
];

describe('a fault of the configuration', () => {
  for (const [name, value, fault] of BAD) {
    it(`${name}=${value} is told by its name`, () => {
      const faults = faultsOf({ ...SECRETS, [name]: value });
      assert.equal(faults.length, 1, faults.join('; '));
      assert.match(String(faults[0]), fault);
    });
  }

  for (const name of SECRET_NAMES) {
    it(`${name} is required`, () => {
      assert.deepEqual(faultsOf({ ...SECRETS, [name]: undefined }), [`${name} is required`]);
      assert.deepEqual(faultsOf({ ...SECRETS, [name]: '' }), [`${name} is required`]);
    });
  }

  it('is a pool without the key of its hosts', () => {
    const fault = 'POOL_API_KEY is required with RELAY_PROVIDER=pool';
    assert.deepEqual(faultsOf({ ...SECRETS, RELAY_PROVIDER: 'pool' }), [fault]);
    assert.deepEqual(faultsOf({ ...SECRETS, RELAY_PROVIDER: 'pool', POOL_API_KEY: 'key' }), []);
  });

  it('is a key of the seller without the rest that selling needs', () => {
    assert.deepEqual(faultsOf({ ...SECRETS, LEMONSQUEEZY_API_KEY: 'key' }), [
      'LEMONSQUEEZY_STORE_ID is required with LEMONSQUEEZY_API_KEY',
      'LEMONSQUEEZY_WEBHOOK_SECRET is required with LEMONSQUEEZY_API_KEY',
    ]);
  });

  it("is, in production, to sell the stand-in's variants", () => {
    const selling = {
      LEMONSQUEEZY_API_KEY: 'key',
      LEMONSQUEEZY_STORE_ID: '1',
      LEMONSQUEEZY_WEBHOOK_SECRET: SECRETS.JWT_SECRET,
    };
    assert.deepEqual(faultsOf({ ...SECRETS, ...selling }), []);
    const [fault, ...others] = faultsOf({ ...SECRETS, ...NEEDED, ...selling });
    assert.match(String(fault), /^PLANS_FILE is required/);
    assert.deepEqual(others, []);
  });

  it('comes with all others at once', () => {
    const faults = faultsOf({
      NODE_ENV: 'production',
      JWT_SECRET: 'short',
      REFRESH_TOKEN_SECRET_FILE: '/nowhere/secret',
      RELAY_SHARED_KEY: 'a'.repeat(40),
      LISTEN_ADDR: 'x',
      DEFAULT_REGION: 'moon-1',
      REGION_ALIASES: 'us-east',
      RATE_LIMIT_FACTOR: '0',
      LOG_LEVEL: 'loud',
    });
    assert.deepEqual(faults.map((fault) => fault.split(' ')[0]).sort(), [
      'DEFAULT_REGION',
      'JWT_SECRET',
      'LISTEN_ADDR',
      'LOG_LEVEL',
      'OIDC_ISSUER',
      'PLUGIN_LOGIN_COMPLETE_KEY',
      'PUBLIC_BASE_URL',
      'RATE_LIMIT_FACTOR',
      'REFRESH_TOKEN_SECRET',
      'REFRESH_TOKEN_SECRET_FILE',
      'REGION_ALIASES',
      'RELAY_SHARED_KEY',
    ]);
  });

  it('never shows the value of a secret', () => {
    const secret = 'tooshort-s3cret';
    const error = new ConfigError(
      faultsOf({ ...SECRETS, JWT_SECRET: secret, DATABASE_URL: `mysql://u:${secret}@h/d` }),
    );
    assert.equal(error.faults.length, 2);
    assert.equal(error.message.includes(secret), false);
  });

  it('is listed in the message line by line', () => {
    const { message } = new ConfigError(['A is required', 'B is required']);
    assert.equal(message, 'The configuration has 2 faults:\n  - A is required\n  - B is required');
  });
});

describe('production', () => {
  const PRODUCTION = { ...SECRETS, ...NEEDED };

  it('accepts good secrets', () => {
    assert.deepEqual(faultsOf(PRODUCTION), []);
  });

  it('refuses secrets of few different characters, which development bears', () => {
    const weak = { JWT_SECRET: 'change-change-change-change-change-', RELAY_SHARED_KEY_PREVIOUS: '0'.repeat(64) };
    assert.deepEqual(faultsOf({ ...PRODUCTION, ...weak }), [
      'JWT_SECRET must be random: it has fewer than 8 different characters',
      'RELAY_SHARED_KEY_PREVIOUS must be random: it has fewer than 8 different characters',
    ]);
    assert.deepEqual(faultsOf({ ...SECRETS, ...weak }), []);
  });

  it('accepts secrets of hexadecimal digits', () => {
    const hex = '3fa85f6457174562b3fc2c963f66afa6';
    assert.deepEqual(faultsOf({ ...PRODUCTION, JWT_SECRET: hex }), []);
  });

  it('refuses to run without rate limits, which development and tests may', () => {
    assert.deepEqual(faultsOf({ ...PRODUCTION, RATE_LIMIT_FACTOR: '0' }), [
      'RATE_LIMIT_FACTOR must not be 0 in production',
    ]);
    for (const environment of ['development', 'test']) {
      assert.deepEqual(faultsOf({ ...SECRETS, NODE_ENV: environment, RATE_LIMIT_FACTOR: '0' }), []);
    }
  });

  it('sends its tokens, and people who have paid, nowhere without TLS but to this machine', () => {
    const selling = {
      LEMONSQUEEZY_API_BASE_URL: 'http://shop.example',
      CLOUDFLARE_API_BASE_URL: 'http://dns.example/v4',
      CHECKOUT_REDIRECT_ORIGINS: 'https://telemyapp.com,http://telemyapp.com',
    };
    assert.deepEqual(faultsOf({ ...PRODUCTION, ...selling }), [
      'LEMONSQUEEZY_API_BASE_URL must be an https URL in production, or one on this machine: our token goes there',
      'CLOUDFLARE_API_BASE_URL must be an https URL in production, or one on this machine: our token goes there',
      'CHECKOUT_REDIRECT_ORIGINS must be https in production, or on this machine',
    ]);
    assert.deepEqual(faultsOf({ ...SECRETS, ...selling }), []);
    const here = Object.fromEntries(Object.keys(selling).map((name) => [name, 'http://127.0.0.1:9']));
    assert.deepEqual(faultsOf({ ...PRODUCTION, ...here }), []);
  });

  it('refuses to boot without a provider to sign in at, which would let everybody in as the demo user', () => {
    assert.deepEqual(faultsOf({ ...PRODUCTION, OIDC_ISSUER: undefined }), [
      'OIDC_ISSUER is required in production: people sign in there',
    ]);
  });

  it('refuses a provider without TLS, even on this machine, where development and tests may have one', () => {
    const local = { OIDC_ISSUER: 'http://127.0.0.1:9091', OIDC_CLIENT_ID: 'telemy' };
    assert.deepEqual(faultsOf({ ...PRODUCTION, ...local }), ['OIDC_ISSUER must be an https URL']);
    assert.deepEqual(faultsOf({ ...SECRETS, ...local }), []);
    assert.deepEqual(faultsOf({ ...SECRETS, ...local, OIDC_ISSUER: 'http://id.example.com' }), [
      'OIDC_ISSUER must be an https URL, or one on this machine',
    ]);
  });

  it('refuses to boot without the address that the provider sends browsers back to', () => {
    assert.deepEqual(faultsOf({ ...PRODUCTION, PUBLIC_BASE_URL: undefined }), [
      'PUBLIC_BASE_URL is required in production',
    ]);
  });
});

describe('the sign-in of the configuration', () => {
  const SIGN_IN = { ...SECRETS, OIDC_ISSUER: 'https://id.example.com/realms/a/', OIDC_CLIENT_ID: 'telemy' };

  it('is the issuer as it is written, for the usual scopes, trusted with no e-mail, called by its host', () => {
    assert.deepEqual(loadConfig(SIGN_IN).oidc, {
      issuer: 'https://id.example.com/realms/a/',
      clientId: 'telemy',
      clientSecret: undefined,
      scopes: ['openid', 'email', 'profile'],
      emailTrusted: false,
      providerName: 'id.example.com',
    });
  });

  it('takes scopes with spaces or commas between them, and a name', () => {
    const { oidc } = loadConfig({ ...SIGN_IN, OIDC_SCOPES: 'openid user:read:email', OIDC_PROVIDER_NAME: 'Twitch' });
    assert.deepEqual([oidc?.scopes, oidc?.providerName], [['openid', 'user:read:email'], 'Twitch']);
  });

  it('needs the client that we are there', () => {
    assert.deepEqual(faultsOf({ ...SIGN_IN, OIDC_CLIENT_ID: undefined }), [
      'OIDC_CLIENT_ID is required with OIDC_ISSUER',
    ]);
  });
});
