import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecret, RotationError, rotateSecret } from '../../scripts/secrets/rotate.ts';

describe('the steps of a rotation with files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    await writeFile(join(folder, 'jwt_secret'), 'first\n', { mode: 0o600 });
  });
  afterEach(() => rm(folder, { recursive: true }));
  const read = (name: string) => readFile(join(folder, name), 'utf8');

  it('replace keeps the former one beside a new one, readable by its owner alone, and leaves no draft', async () => {
    await rotateSecret(folder, 'jwt_secret', 'replace');
    assert.match(await read('jwt_secret'), /^[\w-]{40}$/);
    assert.equal(await read('jwt_secret_previous'), 'first');
    assert.deepEqual((await readdir(folder)).sort(), ['jwt_secret', 'jwt_secret_previous']);
    for (const name of await readdir(folder)) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  });

  it('announce, swap and drop lead to the same, one after the other', async () => {
    await rotateSecret(folder, 'jwt_secret', 'announce');
    const announced = await read('jwt_secret_previous');
    assert.deepEqual([(await read('jwt_secret')).trim(), announced.length], ['first', 40]);
    await rotateSecret(folder, 'jwt_secret', 'swap');
    assert.deepEqual([await read('jwt_secret'), await read('jwt_secret_previous')], [announced, 'first']);
    await rotateSecret(folder, 'jwt_secret', 'drop');
    assert.deepEqual([await read('jwt_secret'), await read('jwt_secret_previous')], [announced, '']);
  });

  it('names the previous one of a name in capitals in capitals', async () => {
    await writeFile(join(folder, 'JWT_SECRET'), 'first');
    await rotateSecret(folder, 'JWT_SECRET', 'replace');
    assert.equal(await read('JWT_SECRET_PREVIOUS'), 'first');
  });

  for (const step of ['replace', 'announce'] as const) {
    it(`${step} refuses to lose a previous one that may be in use`, async () => {
      await rotateSecret(folder, 'jwt_secret', 'replace');
      const present = await read('jwt_secret');
      await assert.rejects(rotateSecret(folder, 'jwt_secret', step), RotationError);
      assert.deepEqual([await read('jwt_secret'), await read('jwt_secret_previous')], [present, 'first']);
    });
  }

  for (const step of ['swap', 'drop'] as const) {
    it(`${step} refuses where there is no previous one`, async () => {
      await assert.rejects(rotateSecret(folder, 'jwt_secret', step), RotationError);
      assert.deepEqual(await readdir(folder), ['jwt_secret']);
    });
  }

  it('refuses a secret that is not there', async () => {
    await assert.rejects(rotateSecret(folder, 'jwt_secrets', 'replace'), /jwt_secrets holds no secret/);
  });

  it('a new secret is never the same, and as long as every reader takes', () => {
    const made = Array.from({ length: 100 }, makeSecret);
    assert.equal(new Set(made).size, 100);
    assert.deepEqual(new Set(made.map(({ length }) => length)), new Set([40]));
  });
});
