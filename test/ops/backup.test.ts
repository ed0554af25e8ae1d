import assert from 'node:assert/strict';
import { execFile as execFileCallback, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { assertRefused } from '../commands/operator.ts';
import { eventually } from '../support/eventually.ts';
import { makeFakePostgres } from '../support/fake-postgres.ts';
import { type Cluster, POSTGRES_BIN, startCluster } from '../support/ops/cluster.ts';
import { type Outcome, runCommand } from '../support/run-command.ts';
import { TEST_SECRETS } from '../support/test-app.ts';

const execFile = promisify(execFileCallback);
const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
const USERS = 5;
/** SQL that makes users; `ids` selects their ids. */
const insertUsers = (ids: string): string =>
  `insert into users (id, email, cycle_anchor_at, plan_status_at, created_at, updated_at)
   select id, id || '@example.com', date_trunc('second', now()), now(), now(), now() from (${ids}) ids (id)`;

describe('Backups with the programs of PostgreSQL', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let folder: string;
  let identity: string;
  let env: Record<string, string>;

  before(async () => {
    cluster = await startCluster();
    await cluster.query('create database telemy');
    folder = await mkdtemp(join(tmpdir(), 'backup-drill-'));
    identity = await generateX25519Identity();
    await writeFile(join(folder, 'identity'), `# made for a test\n${identity}\n`);
    env = {
      PATH: String(process.env.PATH),
      TMPDIR: String(process.env.TMPDIR),
      NODE_ENV: 'test',
      DATABASE_URL: cluster.urlOf('telemy'),
      DATA_DIR: folder,
      BACKUP_DIR: join(folder, 'backups'),
      BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity),
      BACKUP_AGE_IDENTITY_FILE: join(folder, 'identity'),
      ...TEST_SECRETS,
    };
    await succeed('migrate');
    await cluster.query(insertUsers(`select 'usr_' || n from generate_series(1, ${USERS}) n`), 'telemy');
  });
  after(async () => {
    await cluster?.remove();
  });

  const run = (args: string[], more: Record<string, string> = {}): Promise<Outcome> =>
    runCommand(args, { ...env, ...more });
  const succeed = async (...args: string[]): Promise<Outcome> => {
    const outcome = await run(args);
    assert.equal(outcome.code, 0, outcome.stderr);
    return outcome;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each command prints JSON of its own shape.
  const json = async (...args: string[]): Promise<any> =>
    JSON.parse((await succeed('backup', ...args, '--json')).stdout);
  const assertNoScratch = async (): Promise<void> => {
    const left = (await readdir(String(process.env.TMPDIR))).filter((name) => /^telemy-(scratch|pgpass)-/.test(name));
    assert.deepEqual(left, []);
  };

  it('a backup is encrypted, restores in a scratch cluster row by row, and is known as verified then', async () => {
    const made = await json('create');
    assert.deepEqual([made.encryption, made.verified, made.pruned], ['age', 'never', 0]);
    const stored = await readFile(join(env.BACKUP_DIR as string, `${made.name}.dump.age`));
    assert.match(stored.subarray(0, 30).toString('latin1'), /^age-encryption\.org\/v1\n/);
    const verified = await json('verify');
    assert.equal(verified.backup, made.name);
    assert.ok(verified.rows > USERS);
    const [line] = await json('list');
    assert.equal(line.name, made.name);
    assert.ok(Date.parse(line.verified) > 0);
    await assertNoScratch();
  });

  it('verifies on a server that is there already, where nothing of it is left, without programs of a server', async () => {
    const { name } = await json('create');
    const bin = await mkdtemp(join(folder, 'client-'));
    for (const tool of ['pg_dump', 'pg_restore']) await symlink(`${POSTGRES_BIN}/${tool}`, join(bin, tool));
    const against = ['--against', cluster.urlOf('postgres')];
    const outcome = await run(['backup', 'verify', name, ...against, '--json'], { PG_BIN_DIR: bin });
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(JSON.parse(outcome.stdout).verified, true);
    const left = await cluster.query("select datname from pg_database where datname like 'telemy_scratch%'");
    assert.deepEqual(left, []);
    assertRefused(await run(['backup', 'verify', name, '--against', 'nowhere']), /--against must begin with postgres/);
  });

  it('rows that come while the dump runs are in neither the dump nor its counts', async () => {
    const writing = new AbortController();
    const writer = (async () => {
      for (let n = 0; !writing.signal.aborted; n += 1) {
        await cluster.query(insertUsers(`select 'usr_w${n}'`), 'telemy');
      }
      return 'wrote';
    })();
    const { name } = await json('create');
    writing.abort();
    assert.equal(await writer, 'wrote');
    assert.equal((await json('verify', name)).verified, true);
  });

  it('one changed byte is found, and told by list; the backup is not restored', async () => {
    const { name } = await json('create');
    const file = await open(join(env.BACKUP_DIR as string, `${name}.dump.age`), 'r+');
    const { size } = await file.stat();
    const place = Math.trunc(size / 2);
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, place);
    await file.write(Buffer.from([(buffer[0] as number) ^ 1]), 0, 1, place);
    await file.close();
    assertRefused(await run(['backup', 'verify', name]), /has another checksum than its manifest/);
    await cluster.query('create database never');
    const target = ['--to', cluster.urlOf('never')];
    assertRefused(await run(['backup', 'restore', name, ...target]), /another checksum/);
    const lines: { name: string; verified: string }[] = await json('list');
    assert.equal(lines.find((line) => line.name === name)?.verified, 'damaged');
    await assertNoScratch();
  });

  it('a row that the dump lacks is told by its table, and so is a sum of the ledger', async () => {
    const { name } = await json('create');
    const file = join(env.BACKUP_DIR as string, `${name}.json`);
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    manifest.tables['public.users'] += 1;
    manifest.ledger.interval_seconds = '60';
    await writeFile(file, JSON.stringify(manifest));
    const outcome = await run(['backup', 'verify', name]);
    assertRefused(outcome, /public\.users: \d+ instead of \d+ rows; ledger interval_seconds: 0 instead of 60/);
    await assertNoScratch();
  });

  it('restores into an empty database alone, where the fleet only reports then', async () => {
    const { name } = await json('create');
    await cluster.query('create database restored');
    const target = ['--to', cluster.urlOf('restored')];
    assert.equal((await json('restore', name, ...target)).reconciler, 'reports');
    const [{ users } = { users: 0 }] = await cluster.query('select count(*)::int as users from users', 'restored');
    assert.ok(Number(users) >= USERS);
    const status = await run(['fleet', 'status', '--json'], { DATABASE_URL: cluster.urlOf('restored') });
    assert.deepEqual(JSON.parse(status.stdout).reason, `restored from ${name}`);
    assertRefused(await run(['backup', 'restore', name, ...target]), /isn't empty: it has the table .*createdb/);
    assertRefused(await run(['backup', 'restore', name, '--to', cluster.urlOf('nowhere')]), /"nowhere" does not exist/);
  });

  it("another's identity is told, and no identity at all", async () => {
    const { name } = await json('create');
    const other = join(folder, 'other');
    await writeFile(other, `${await generateX25519Identity()}\n`);
    assertRefused(
      await run(['backup', 'verify', name], { BACKUP_AGE_IDENTITY_FILE: other }),
      /None of the identities in BACKUP_AGE_IDENTITY_FILE/,
    );
    assertRefused(
      await run(['backup', 'verify', name], { BACKUP_AGE_IDENTITY_FILE: '' }),
      /Set BACKUP_AGE_IDENTITY_FILE/,
    );
    const lines: { name: string; verified: string }[] = await json('list');
    assert.equal(lines.find((line) => line.name === name)?.verified, 'never');
  });

  it('opens without us: by age and pg_restore alone', async () => {
    const { name } = await json('create');
    const dump = join(folder, 'by-hand.dump');
    const stored = join(env.BACKUP_DIR as string, `${name}.dump.age`);
    await execFile('age', ['--decrypt', '--identity', join(folder, 'identity'), '--output', dump, stored]);
    const { stdout } = await execFile(`${POSTGRES_BIN}/pg_restore`, ['--list', dump]);
    assert.match(stdout, /TABLE DATA public users/);
  });

  it('a pg_dump that is older than the server is refused, and told where to get a newer one', async () => {
    const old = await makeFakePostgres(folder, { major: 14 });
    const outcome = await run(['backup', 'create'], { PG_BIN_DIR: old });
    assertRefused(outcome, /are of version 14\.1, but at least 15 is needed.*apt-get install postgresql-client-15/);
  });

  it('Ctrl-C in the middle of a verification leaves neither a server nor a folder behind', async () => {
    const child = spawn(process.execPath, [MAIN, 'backup', 'verify'], { env, stdio: 'ignore' });
    const closed = once(child, 'close') as Promise<[number | null]>;
    await eventually(scratchIsUp, { timeoutMs: 60_000 });
    child.kill('SIGINT');
    const [code] = await closed;
    assert.equal(code, 1);
    await assertNoScratch();
  });
});

/** Whether a scratch PostgreSQL has begun to run. */
async function scratchIsUp(): Promise<void> {
  const all = await readdir(String(process.env.TMPDIR));
  const folder = all.find((name) => name.startsWith('telemy-scratch-'));
  assert.ok(folder);
  await access(join(String(process.env.TMPDIR), folder, 'data', 'postmaster.pid'));
}
