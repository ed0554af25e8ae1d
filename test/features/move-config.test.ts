import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, loadMoveConfig } from '../../scripts/migrate-host/config.ts';
import { EXAMPLE } from '../../scripts/migrate-host/example.ts';

const OLD = 'postgres://owner:hidden@192.0.2.1:5432/telemy';
const NEW = 'postgres://owner:hidden@192.0.2.2:5432/telemy';

describe('the configuration of a move', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'move-config-'));
    await Promise.all([
      writeFile(join(folder, 'jwt'), 'secret\n'),
      writeFile(join(folder, 'token'), 'of-cloudflare\n'),
      writeFile(join(folder, 'url'), `${OLD}\n`),
      writeFile(join(folder, 'empty'), '\n'),
    ]);
  });
  after(() => rm(folder, { recursive: true }));

  const good = () => ({
    work_dir: folder,
    old: { database_url_file: join(folder, 'url'), origin: 'http://192.0.2.1:8080' } as object,
    new: { database_url: NEW, origin: 'http://192.0.2.2:8080' },
    role: 'telemy',
    api_host: 'API.example.com',
    jwt_secret_file: join(folder, 'jwt'),
    cloudflare: { zone_id: 'ab'.repeat(16), api_token_file: join(folder, 'token') } as object,
  });
  async function load(content: object, env: NodeJS.ProcessEnv = {}) {
    const file = join(folder, 'move.yaml');
    await writeFile(file, JSON.stringify(content));
    return loadMoveConfig(file, env);
  }
  /** The lines of the refusal behind the file's name. */
  async function faultsOf(content: object, env?: NodeJS.ProcessEnv): Promise<string[]> {
    let told: string[] = [];
    await assert.rejects(load(content, env), ({ name, message }: Error) => {
      told = message.split('\n  ').slice(1);
      return name === 'MoveError' && message.startsWith(`${folder}/move.yaml:\n`);
    });
    return told;
  }

  it('reads secrets from their files, and the name in small letters', async () => {
    const config = await load(good());
    assert.deepEqual([config.old.databaseUrl, config.jwtSecret, config.apiHost], [OLD, 'secret', 'api.example.com']);
    assert.equal(config.cloudflare.token, 'of-cloudflare');
  });

  it('tells every fault of its form at once, each by its place', async () => {
    const bad = {
      ...good(),
      old: { origin: 'http://api.example.com:80' },
      new: { database_url: 'mysql://h/d', origin: 'http://192.0.2.2:99999' },
      role: undefined,
      cloudflare: { zone_id: 'short' },
      more: 1,
    };
    assert.deepEqual(await faultsOf(bad), [
      'old.origin: must be http://IPV4:PORT',
      'new.database_url: must begin with postgres://',
      'new.origin: must be http://IPV4:PORT',
      'role: is required',
      'cloudflare.zone_id: must be 32 hexadecimal digits',
      'Unrecognized key: "more"',
    ]);
  });

  it('tells everything that it points to and that cannot be used at once, without a password', async () => {
    const bad = {
      ...good(),
      old: { database_url_file: '/nowhere/url', origin: 'http://192.0.2.1:8080' },
      new: { database_url_file: join(folder, 'jwt'), origin: 'http://192.0.2.2:8081' },
      jwt_secret_file: join(folder, 'empty'),
      cloudflare: { zone_id: 'ab'.repeat(16) },
    };
    const faults = await faultsOf(bad);
    const told = [
      /^cloudflare\.api_token_file: is required without CLOUDFLARE_API_TOKEN$/,
      /^old\.database_url_file: \/nowhere\/url can't be read: ENOENT/,
      /^new: the database's URL can't be used$/,
      /^cloudflare\.origin_rule_id: is required, because the hosts listen on different ports$/,
      /^jwt_secret_file: .*empty is empty$/,
    ];
    assert.equal(faults.length, told.length, faults.join('\n'));
    for (const [place, one] of told.entries()) assert.match(faults[place] ?? '', one);
  });

  it('refuses hosts with one database, whoever connects, and needs exactly one URL of each', async () => {
    const same = { ...good(), new: { database_url: OLD.replace('hidden', 'other'), origin: 'http://192.0.2.2:8080' } };
    assert.deepEqual(await faultsOf(same), ['new: names the same database as old']);
    const both = { ...good(), new: { ...good().new, database_url_file: 'x' } };
    assert.deepEqual(await faultsOf(both), ['new: exactly one of database_url and database_url_file is required']);
  });

  it('can be begun with the example: only the files that it names have to be there', async () => {
    const file = join(folder, 'example.yaml');
    await writeFile(file, EXAMPLE.replaceAll('./', `${folder}/`));
    const named = ['old-database-url', 'new-database-url', 'jwt-secret', 'cloudflare-token'];
    assert.throws(
      () => loadMoveConfig(file, {}),
      ({ message }: Error) => named.every((one) => message.includes(`${folder}/${one} can't be read`)),
    );
    const contents = [OLD, NEW, 'secret', 'token'];
    await Promise.all(named.map((one, place) => writeFile(join(folder, one), String(contents[place]))));
    assert.equal(loadMoveConfig(file, {}).new.databaseUrl, NEW);
  });

  it('without a file says how to get one', () => {
    assert.throws(() => loadMoveConfig(join(folder, 'none.yaml'), {}), /none\.yaml cannot be read.*plan --example/);
  });

  it('tells one move from another by its places, not by passwords, secrets or hooks', async () => {
    const one = digestOf(await load(good()));
    const hooks = { new_writer: 'true' };
    const other = { ...good(), hooks, new: { ...good().new, database_url: NEW.replace('hidden', 'changed') } };
    assert.equal(
      digestOf(await load({ ...other, cloudflare: { zone_id: 'ab'.repeat(16) } }, { CLOUDFLARE_API_TOKEN: 't' })),
      one,
    );
    const places = [
      { new: { ...good().new, database_url: NEW.replace('telemy', 'other') } },
      { new: { ...good().new, origin: 'http://192.0.2.3:8080' } },
      { role: 'other' },
      { api_host: 'other.example.com' },
      { cloudflare: { zone_id: 'cd'.repeat(16), api_token_file: join(folder, 'token') } },
    ];
    for (const place of places)
      assert.notEqual(digestOf(await load({ ...good(), ...place })), one, JSON.stringify(place));
  });
});
