import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig, SECRET_NAMES } from '../../src/config.ts';
import { withDevelopmentSecrets } from '../../src/development-secrets.ts';
import { PRODUCTION, SECRETS } from '../support/good-secrets.ts';

const MODULE = resolve(import.meta.dirname, '../../src/development-secrets.ts');

describe('the development secrets', () => {
  let root: string;
  let dataDir: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'telemy-secrets-'));
    dataDir = join(root, 'not', 'there', 'yet');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are made where they lack, each of its own and strong enough', () => {
    const env = withDevelopmentSecrets({}, dataDir);
    const values = SECRET_NAMES.map((name) => env[name]);
    assert.equal(new Set(values).size, SECRET_NAMES.length);
    for (const value of values) assert.match(String(value), /^[\w-]{43}$/);
    assert.equal(loadConfig({ ...env, ...PRODUCTION }).secrets.jwt[0], env.JWT_SECRET);
  });

  it('are kept', () => {
    const first = withDevelopmentSecrets({}, dataDir);
    assert.deepEqual(withDevelopmentSecrets({}, dataDir), first);
    assert.deepEqual(withDevelopmentSecrets({ NODE_ENV: 'test' }, dataDir), { ...first, NODE_ENV: 'test' });
  });

  it('differ from one data folder to the next', () => {
    const other = withDevelopmentSecrets({}, join(root, 'other'));
    assert.notEqual(withDevelopmentSecrets({}, dataDir).JWT_SECRET, other.JWT_SECRET);
  });

  it('can be read by the owner only', () => {
    withDevelopmentSecrets({}, dataDir);
    assert.equal((statSync(join(dataDir, 'secrets.json')).mode & 0o777).toString(8), '600');
  });

  it('give way to those of the environment, which are not stored', () => {
    const { JWT_SECRET } = SECRETS;
    const env = withDevelopmentSecrets({ JWT_SECRET, RELAY_SHARED_KEY_FILE: '/run/secrets/relay' }, dataDir);
    assert.equal(env.JWT_SECRET, JWT_SECRET);
    assert.equal(env.RELAY_SHARED_KEY, undefined);
    assert.match(String(env.REFRESH_TOKEN_SECRET), /^[\w-]{43}$/);
    assert.equal(readFileSync(join(dataDir, 'secrets.json'), 'utf8').includes(JWT_SECRET), false);
  });

  it('do not exist in production, where nothing is written', () => {
    const env = { NODE_ENV: 'production' };
    assert.deepEqual(withDevelopmentSecrets(env, dataDir), env);
    assert.equal(existsSync(dataDir), false);
  });

  it('are the same for all that start at once for the first time', async () => {
    const script = `const { withDevelopmentSecrets } = await import(${JSON.stringify(MODULE)});
      console.log(withDevelopmentSecrets({}, ${JSON.stringify(dataDir)}).JWT_SECRET);`;
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    const outputs = await Promise.all([run(), run(), run(), run()]);
    const { JWT_SECRET } = withDevelopmentSecrets({}, dataDir);
    assert.deepEqual(
      outputs.map(({ stdout }) => stdout.trim()),
      [JWT_SECRET, JWT_SECRET, JWT_SECRET, JWT_SECRET],
    );
    assert.deepEqual(readdirSync(dataDir), ['secrets.json']);
  });
});
