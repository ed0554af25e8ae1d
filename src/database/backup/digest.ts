import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** Passes everything on and tells at the end what it was. */
export interface Digest {
  stream: Transform;
  /** Of what has passed so far; asked once, at the end. */
  result(): { bytes: number; sha256: string };
}

/** @param onBytes hears the bytes so far, at each chunk. */
export function createDigest(onBytes?: (bytes: number) => void): Digest {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes?.(bytes);
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ bytes, sha256: hash.digest('hex') }) };
}
