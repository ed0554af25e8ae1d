import { createHash } from 'node:crypto';

/** What a call is answered with: XML, the content of an object, or an error's code. */
export interface S3Answer {
  status: number;
  xml?: string;
  content?: Buffer;
  code?: string;
  headers?: Record<string, string>;
}

const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
/** Every part but the last has at least 5 MiB. */
const SMALLEST_PART = 5 * 1024 * 1024;

/** Objects and uploads of one bucket. Source: Amazon S3 API Reference, actions by path, method and query. */
export function createBucket(bucket: string, pageSize: number) {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, { key: string; parts: Map<number, Buffer> }>();
  const etag = (content: Buffer): string => `"${createHash('md5').update(content).digest('hex')}"`;
  let made = 0;

  function serve(method: string, url: URL, body: Buffer): S3Answer {
    const [, name, ...rest] = decodeURIComponent(url.pathname).split('/');
    if (name !== bucket) return { status: 404, code: 'NoSuchBucket' };
    const key = rest.join('/');
    if (key === '') return list(url.searchParams);
    const uploadId = url.searchParams.get('uploadId');
    if (method === 'POST' && url.searchParams.has('uploads')) return begin(key);
    if (uploadId !== null) return servePart(method, uploadId, url.searchParams, body);
    if (method === 'PUT') {
      objects.set(key, body);
      return { status: 200, headers: { ETag: etag(body) } };
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    const content = objects.get(key);
    return content ? { status: 200, content, headers: { ETag: etag(content) } } : { status: 404, code: 'NoSuchKey' };
  }

  function list(query: URLSearchParams): S3Answer {
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after).sort();
    const page = keys.slice(0, pageSize);
    const contents = page.map(
      (key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`,
    );
    const isCut = keys.length > page.length;
    const next = isCut ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    const inner = `<Name>${bucket}</Name><IsTruncated>${isCut}</IsTruncated>${next}${contents.join('')}`;
    return { status: 200, xml: `<ListBucketResult ${NAMESPACE}>${inner}</ListBucketResult>` };
  }

  function begin(key: string): S3Answer {
    made += 1;
    const id = `upload-${made}`;
    uploads.set(id, { key, parts: new Map() });
    const inner = `<Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId>`;
    return { status: 200, xml: `<InitiateMultipartUploadResult ${NAMESPACE}>${inner}</InitiateMultipartUploadResult>` };
  }

  function servePart(method: string, id: string, query: URLSearchParams, body: Buffer): S3Answer {
    const upload = uploads.get(id);
    if (!upload) return { status: 404, code: 'NoSuchUpload' };
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { ETag: etag(body) } };
    }
    if (method === 'DELETE') {
      uploads.delete(id);
      return { status: 204 };
    }
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    if (parts.slice(0, -1).some((part) => part.length < SMALLEST_PART)) return { status: 400, code: 'EntityTooSmall' };
    const content = Buffer.concat(parts);
    objects.set(upload.key, content);
    uploads.delete(id);
    const inner = `<Bucket>${bucket}</Bucket><Key>${upload.key}</Key><ETag>${etag(content)}</ETag>`;
    return { status: 200, xml: `<CompleteMultipartUploadResult ${NAMESPACE}>${inner}</CompleteMultipartUploadResult>` };
  }

  return { objects, uploads, serve };
}
