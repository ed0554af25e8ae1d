import type { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { BackupDestination } from './settings.ts';
import { type BackupStorage, StoredFileMissingError } from './storage.ts';

/** S3 takes 10,000 parts: backups of up to 160 GB. Two parts are held at a time. */
const PART_BYTES = 16 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const ATTEMPTS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longest silence, in milliseconds. */
const SOCKET_TIMEOUT_MS = 60_000;

/** Keeps backups in a bucket of S3, or of a service that speaks its protocol. */
export function openS3Storage(destination: Extract<BackupDestination, { kind: 's3' }>): BackupStorage {
  const { bucket: Bucket, prefix, endpointUrl, region, credentials } = destination;
  const client = new S3Client({
    region,
    maxAttempts: ATTEMPTS,
    requestHandler: new NodeHttpHandler({ connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS }),
    // Other services don't know the newer checksums; ours are in the manifest.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Other services seldom have a host name per bucket.
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  const key = (file: string): string => `${prefix}${file}`;

  return {
    place: `s3://${Bucket}/${prefix}`,

    async list() {
      const files: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken }));
        for (const { Key } of page.Contents ?? []) if (Key) files.push(Key.slice(prefix.length));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return files;
    },

    async write(file: string, content: Readable) {
      const upload = new Upload({
        client,
        params: { Bucket, Key: key(file), Body: content },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
      });
      try {
        await upload.done();
      } catch (error) {
        content.destroy();
        // Parts that stay would be paid for.
        await upload.abort().catch(() => undefined);
        throw error;
      }
    },

    async read(file: string) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key(file) }));
        return Body as Readable;
      } catch (error) {
        if (error instanceof NoSuchKey) throw new StoredFileMissingError(`There is no s3://${Bucket}/${key(file)}.`);
        throw error;
      }
    },

    async remove(file: string) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: key(file) }));
    },

    freeBytes: async () => undefined,
    close: () => client.destroy(),
  };
}
