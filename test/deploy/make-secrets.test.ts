import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseCompose } from '../../scripts/check-deploy/compose-file.ts';
import { loadConfig } from '../../src/config.ts';
import { composeEnvironment } from '../support/image/compose-environment.ts';

const DOCKER = resolve(import.meta.dirname, '../../docker');
const VALUES = {
  PUBLIC_BASE_URL: 'https://api.example.com',
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'telemy',
  RELAY_PROVIDER: 'local',
};

describe('docker/make-secrets.sh', () => {
  let folder: string;
  const make = () => promisify(execFile)('sh', [join(DOCKER, 'make-secrets.sh'), folder]);
  const readAll = async () =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
      ),
    );

  before(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'secrets-')), 'secrets');
    await make();
  });

  it('makes a file for each secret of the compose file, which only its owner may read', async () => {
    const { secrets = {} } = parseCompose(await readFile(join(DOCKER, 'compose.yaml'), 'utf8'));
    const made = await readdir(folder);
    assert.deepEqual(made.sort(), Object.keys(secrets).sort());
    for (const name of made) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it('makes secrets with which production boots, and the password in the URL is that of the database', async () => {
    const { services } = parseCompose(await readFile(join(DOCKER, 'compose.yaml'), 'utf8'));
    const config = loadConfig(composeEnvironment(services.api?.environment ?? {}, VALUES, folder));
    const { postgres_password: password, jwt_secret: jwt } = await readAll();
    assert.equal(config.environment, 'production');
    assert.deepEqual(config.secrets.jwt, [jwt]);
    assert.equal(config.databaseUrl, `postgres://telemy:${password}@postgres:5432/telemy`);
    assert.equal(new Set(Object.values(config.secrets).flat()).size, 4);
  });

  it('writes over nothing when it is run again, and adds what is missing', async () => {
    await writeFile(join(folder, 'pool_api_key'), 'given by hand');
    const before = await readAll();
    await rm(join(folder, 'tls_key'));
    const { stdout } = await make();
    assert.deepEqual(await readAll(), before);
    assert.match(stdout, /jwt_secret {2}is there, left as it is/);
  });

  it('explains itself', async () => {
    const { stdout } = await promisify(execFile)('sh', [join(DOCKER, 'make-secrets.sh'), '--help']);
    assert.match(stdout, /^usage: docker\/make-secrets\.sh \[--kubernetes\] \[FOLDER\]/);
  });
});
