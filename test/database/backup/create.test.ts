import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import pg from 'pg';
import { systemClock } from '../../../src/clock.ts';
import { BackupDamagedError, BackupError } from '../../../src/database/backup/backup-error.ts';
import { findBackup, readInventory } from '../../../src/database/backup/backups.ts';
import { createBackup } from '../../../src/database/backup/create.ts';
import { openBackup } from '../../../src/database/backup/open-backup.ts';
import { PostgresToolError } from '../../../src/database/backup/postgres-run.ts';
import { PostgresToolsMissingError } from '../../../src/database/backup/postgres-tools.ts';
import type { BackupSettings } from '../../../src/database/backup/settings.ts';
import { BackupUnderWayError } from '../../../src/database/backup/snapshot.ts';
import { type BackupStorage, openStorage } from '../../../src/database/backup/storage.ts';
import { settingsFor } from '../../support/backups.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeDump, makeFakePostgres } from '../../support/fake-postgres.ts';
import { createTestDatabase } from '../../support/test-run.ts';

const INSERT = `insert into usage_adjustments (id, user_id, seconds, at, reason, created_at)
  values ($1, 'usr_1', $2, now(), 'test', now())`;
const USER = `insert into users (id, email, cycle_anchor_at, plan_status_at, created_at, updated_at)
  values ('usr_1', 'a@example.com', date_trunc('second', now()), now(), now(), now())`;

describe('A backup that is made', () => {
  let url: string;
  let drop: () => Promise<void>;
  let client: pg.Client;
  let parent: string;
  let storage: BackupStorage;

  before(async () => {
    ({ url, drop } = await createTestDatabase());
    client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(USER);
  });
  after(async () => {
    await client?.end();
    await drop?.();
  });
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'backup-'));
    storage = await openStorage({ kind: 'folder', folder: join(parent, 'backups') });
  });

  const create = async (dump: FakeDump, more: Partial<BackupSettings> & { signal?: AbortSignal } = {}) => {
    const { signal, ...settings } = more;
    const pgBinDir = await makeFakePostgres(parent, dump);
    const all = settingsFor(join(parent, 'backups'), { pgBinDir, ...settings });
    return createBackup({ settings: all, storage, url, clock: systemClock, signal });
  };
  const assertNothingKept = async (): Promise<void> => assert.deepEqual(await storage.list(), []);

  it('holds what pg_dump wrote of one snapshot, and counts the rows and the ledger of the same', async () => {
    await client.query(INSERT, ['adj_1', 90]);
    // While pg_dump runs, a row comes that is not in the snapshot.
    const script = `touch ${parent}/started; printf '%s ' "$@"; while [ ! -e ${parent}/go ]; do sleep 0.05; done; echo done`;
    const creating = create({ script });
    await eventually(() => access(join(parent, 'started')));
    await client.query(INSERT, ['adj_2', 7]);
    await writeFile(join(parent, 'go'), '');
    const manifest = await creating;
    assert.ok(manifest);
    assert.equal(manifest.tables['public.usage_adjustments'], 1);
    assert.equal(manifest.tables['public.users'], 1);
    assert.equal(manifest.ledger.adjustment_seconds, '90');
    assert.match(manifest.schema_version, /^\d{4}-/);
    const dump = await openBackup(storage, manifest, undefined);
    assert.match(await text(await dump()), /^--format=custom --snapshot=[0-9A-F-]+ --no-password done\n$/);
  });

  it('tells pg_dump the password by a file that only its owner reads, gone afterwards', async () => {
    const script = 'tr "\\0" " " < /proc/$$/cmdline; env; stat -c "mode %a" "$PGPASSFILE"; cat "$PGPASSFILE"';
    const secret = new URL(url).password;
    const manifest = await create({ script });
    assert.ok(manifest);
    const seen = await text(await (await openBackup(storage, manifest, undefined))());
    const file = /PGPASSFILE=(.+)/.exec(seen)?.[1] as string;
    assert.match(seen, /^mode 600$/m);
    assert.equal(seen.split(secret).length, 2, 'once, in the file');
    assert.equal(seen.trimEnd().endsWith(`*:*:*:*:${secret}`), true);
    await assert.rejects(readFile(file), /ENOENT/);
    // The manifest is never encrypted: it tells how much there is, and neither secrets nor people.
    const told = await readFile(join(storage.place, `${manifest.name}.json`), 'utf8');
    for (const word of [secret, `${new URL(url).username}:`, '@']) assert.equal(told.includes(word), false, told);
  });

  it('is encrypted for its recipients: any of their identities opens it, others do not', async () => {
    const identities = await Promise.all([generateX25519Identity(), generateX25519Identity()]);
    const recipients = await Promise.all(identities.map((one) => identityToRecipient(one)));
    const manifest = await create({ script: 'printf secret-row' }, { encryption: 'age', recipients });
    assert.ok(manifest);
    const stored = await readFile(join(storage.place, manifest.stored.file));
    assert.equal(stored.includes('secret-row'), false);
    const file = join(parent, 'identity');
    for (const identity of identities) {
      await writeFile(file, `# comment\n${identity}\n`);
      const dump = await openBackup(storage, manifest, file);
      assert.equal(await text(await dump()), 'secret-row');
    }
    await writeFile(file, await generateX25519Identity());
    await assert.rejects(openBackup(storage, manifest, file), BackupError);
    await assert.rejects(openBackup(storage, manifest, undefined), /BACKUP_AGE_IDENTITY_FILE/);
  });

  it('is found damaged when a byte is changed, bytes are missing, or its file is gone', async () => {
    const manifest = await create({ script: 'printf 0123456789' });
    assert.ok(manifest);
    const file = join(storage.place, manifest.stored.file);
    for (const content of ['0123456780', '012345678']) {
      await writeFile(file, content);
      await assert.rejects(openBackup(storage, manifest, undefined), BackupDamagedError);
    }
    await rm(file);
    await assert.rejects(openBackup(storage, manifest, undefined), BackupDamagedError);
  });

  it('leaves nothing behind when pg_dump fails, and tells its words', async () => {
    const script = 'head -c 300000 /dev/zero; echo "lost the server" >&2; exit 1';
    await assert.rejects(create({ script }), (error: Error) => {
      assert.ok(error instanceof PostgresToolError);
      assert.match(error.message, /^pg_dump failed \(exit 1\): lost the server$/);
      return true;
    });
    await assertNothingKept();
  });

  it('leaves nothing behind when it is broken off', async () => {
    const ending = new AbortController();
    const creating = create({ script: `touch ${parent}/started; exec sleep 60` }, { signal: ending.signal });
    await eventually(() => access(join(parent, 'started')));
    ending.abort(new Error('broken off'));
    await assert.rejects(creating, /broken off/);
    await assertNothingKept();
  });

  for (const encryption of ['none', 'age'] as const) {
    it(`ends pg_dump when the storage fails, and tells why (encryption: ${encryption})`, async () => {
      const full: BackupStorage = {
        ...storage,
        async write(_file, content) {
          await once(content, 'readable');
          content.destroy();
          // The other end of the stream notices before the storage says why.
          await once(content, 'close');
          await nextTurn();
          throw new Error('The disk is full.');
        },
      };
      const pgBinDir = await makeFakePostgres(parent, { script: 'exec cat /dev/zero' });
      const recipients = encryption === 'age' ? [await identityToRecipient(await generateX25519Identity())] : [];
      const settings = settingsFor(storage.place, { pgBinDir, encryption, recipients });
      await assert.rejects(createBackup({ settings, storage: full, url, clock: systemClock }), /The disk is full/);
      await assertNothingKept();
    });
  }

  it('is refused while another one of the same database is made', async () => {
    const ending = new AbortController();
    const creating = create({ script: `touch ${parent}/started; exec sleep 60` }, { signal: ending.signal });
    await eventually(() => access(join(parent, 'started')));
    await assert.rejects(create({}), BackupUnderWayError);
    ending.abort();
    await assert.rejects(creating);
    assert.ok(await create({}));
  });

  it('is refused where there is too little room, before anything is dumped', async () => {
    const tight: BackupStorage = { ...storage, freeBytes: async () => 1_000_000 };
    const pgBinDir = await makeFakePostgres(parent);
    const settings = settingsFor(storage.place, { pgBinDir });
    const creating = createBackup({ settings, storage: tight, url, clock: systemClock });
    await assert.rejects(creating, /has 1\.0 MB free, and a backup may need \d+\.\d MB\. Make room/);
    await assertNothingKept();
  });

  it('is refused with a pg_dump that is too old, or none, and told where to get one', async () => {
    const told = (error: Error, words: RegExp): boolean => {
      assert.ok(error instanceof PostgresToolsMissingError);
      assert.match(error.message, words);
      return true;
    };
    await assert.rejects(create({ major: 13 }), (error: Error) =>
      told(
        error,
        /are of version 13\.1, but at least 16 is needed\. Install them \(Debian: apt-get install postgresql-client-16\)/,
      ),
    );
    await assert.rejects(create({}, { pgBinDir: parent }), (error: Error) =>
      told(error, /pg_dump .* is missing in PG_BIN_DIR/),
    );
    await assertNothingKept();
  });

  it('is refused while nobody has said whom to encrypt it for', async () => {
    await assert.rejects(create({}, { encryption: 'undecided' }), /Set BACKUP_AGE_RECIPIENTS .*BACKUP_ENCRYPTION=none/);
  });

  it('is not there without its manifest, and one that cannot be read is told, not hidden', async () => {
    const manifest = await create({});
    assert.ok(manifest);
    assert.equal((await findBackup(storage)).manifest.name, manifest.name);
    await rm(join(storage.place, `${manifest.name}.json`));
    assert.deepEqual(await readInventory(storage), { backups: [], unreadable: [] });
    await storage.write(`${manifest.name}.json`, Readable.from([Buffer.from('{}')]));
    const { backups, unreadable } = await readInventory(storage);
    assert.deepEqual([backups.length, unreadable.length], [0, 1]);
    await assert.rejects(
      findBackup(storage, 'telemy-20260101T000000Z-aaaaaa'),
      /There is no backup telemy-2026.*backup -- list/,
    );
  });
});
