import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BackupDestination } from '../../../src/database/backup/settings.ts';
import { type BackupStorage, openStorage, StoredFileMissingError } from '../../../src/database/backup/storage.ts';
import { type S3Server, startS3 } from '../../support/s3/server.ts';

const KEYS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' };
/** More than one part of an upload. */
const LARGE = 20 * 1024 * 1024;

let s3: S3Server;

const destinationOf: Record<string, () => Promise<BackupDestination>> = {
  folder: async () => ({ kind: 'folder', folder: join(await mkdtemp(join(tmpdir(), 'backups-')), 'new') }),
  s3: async () => toBucket(KEYS),
};

function toBucket(credentials: typeof KEYS): Extract<BackupDestination, { kind: 's3' }> {
  const prefix = `${randomUUID()}/`;
  return { kind: 's3', bucket: 'backups', prefix, endpointUrl: s3.url, region: 'us-east-1', credentials };
}

function* broken(): Generator<Buffer> {
  yield randomBytes(6 * 1024 * 1024);
  throw new Error('The dump broke off.');
}

describe('A storage of backups', () => {
  const open: BackupStorage[] = [];
  before(async () => {
    s3 = await startS3({ bucket: 'backups', accessKeyId: KEYS.accessKeyId });
  });
  after(async () => {
    for (const storage of open) storage.close();
    await s3.close();
  });
  afterEach(() => {
    s3.faults = [];
    s3.cutDownloads = 0;
  });
  const openOne = async (destination: BackupDestination): Promise<BackupStorage> => {
    const storage = await openStorage(destination);
    open.push(storage);
    return storage;
  };

  for (const [kind, destination] of Object.entries(destinationOf)) {
    describe(kind, () => {
      it('gives back what it was given, of any size, under its name', async () => {
        const storage = await openOne(await destination());
        assert.deepEqual(await storage.list(), []);
        for (const [file, size] of [
          ['empty', 0],
          ['small', 5],
          ['large', LARGE],
        ] as const) {
          const content = randomBytes(size);
          await storage.write(file, Readable.from(inPieces(content)));
          assert.equal((await buffer(await storage.read(file))).equals(content), true, file);
        }
        assert.deepEqual((await storage.list()).sort(), ['empty', 'large', 'small']);
        await storage.remove('small');
        await storage.remove('small');
        assert.deepEqual((await storage.list()).sort(), ['empty', 'large']);
      });

      it('keeps nothing of what broke off, nor loses what was there before', async () => {
        const storage = await openOne(await destination());
        await storage.write('kept', Readable.from([Buffer.from('old')]));
        for (const file of ['kept', 'new']) {
          await assert.rejects(storage.write(file, Readable.from(broken())), /The dump broke off/);
        }
        assert.deepEqual(await storage.list(), ['kept']);
        assert.equal((await buffer(await storage.read('kept'))).toString(), 'old');
        assert.equal(s3.openUploads(), 0);
      });

      it('says which file is missing', async () => {
        const storage = await openOne(await destination());
        await assert.rejects(storage.read('nothing'), StoredFileMissingError);
      });
    });
  }

  it('in a folder is readable by its owner only, and leaves no draft', async () => {
    const destination = await destinationOf.folder?.();
    assert.ok(destination?.kind === 'folder');
    const storage = await openOne(destination);
    await storage.write('file', Readable.from([Buffer.from('x')]));
    await assert.rejects(storage.write('other', Readable.from(broken())));
    assert.deepEqual(await readdir(destination.folder), ['file']);
    assert.equal((await stat(destination.folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(destination.folder, 'file'))).mode & 0o777, 0o600);
    assert.ok(Number(await storage.freeBytes()) > 0);
  });

  it('in S3 outlasts answers of 500, connections that are cut and answers that are lost', async () => {
    const storage = await openOne(toBucket(KEYS));
    s3.faults = [
      { kind: 'error', status: 500, methods: ['POST'], count: 1 },
      { kind: 'down', methods: ['PUT'], count: 2 },
      { kind: 'lost', methods: ['PUT'], count: 1 },
      { kind: 'error', status: 503, methods: ['GET'], count: 1 },
    ];
    const content = randomBytes(LARGE);
    await storage.write('file', Readable.from(inPieces(content)));
    assert.equal((await buffer(await storage.read('file'))).equals(content), true);
    assert.deepEqual(
      s3.faults.map(({ count }) => count),
      [0, 0, 0, 0],
    );
  });

  it('in S3 that stays away fails the upload, and leaves no parts to be paid for', async () => {
    const storage = await openOne(toBucket(KEYS));
    s3.faults = [{ kind: 'error', status: 500, methods: ['PUT'] }];
    await assert.rejects(storage.write('file', Readable.from(inPieces(randomBytes(LARGE)))), /InternalError/);
    s3.faults = [];
    assert.deepEqual(await storage.list(), []);
    assert.equal(s3.openUploads(), 0);
  });

  it('in S3 never takes a download that was cut for a whole one', async () => {
    const storage = await openOne(toBucket(KEYS));
    await storage.write('file', Readable.from([randomBytes(1_000_000)]));
    s3.cutDownloads = 1;
    await assert.rejects(async () => buffer(await storage.read('file')), /aborted|ECONNRESET|hang up/);
  });

  it('in S3 says that the key is refused', async () => {
    const storage = await openOne(toBucket({ ...KEYS, accessKeyId: 'AKIDOTHER' }));
    await assert.rejects(storage.list(), /InvalidAccessKeyId/);
  });

  it('in S3 is a folder of the bucket: what lies beside it is not listed', async () => {
    const storage = await openOne(toBucket(KEYS));
    s3.objects.set('elsewhere/file', Buffer.from('x'));
    await storage.write('own', Readable.from([Buffer.from('x')]));
    assert.deepEqual(await storage.list(), ['own']);
  });
});

function* inPieces(content: Buffer): Generator<Buffer> {
  const size = 1_000_003;
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}
