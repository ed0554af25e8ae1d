import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context } from 'koa';
import { remember } from './remember.ts';

/** Something that is the same for everyone: read when first asked for, kept only in the shapes that browsers take. */
export interface Resource {
  /** Media type, or the ending that stands for it, such as `html`. */
  type: string;
  /** The first digits of the content's SHA-256. */
  hash: string;
  read(): Promise<Buffer>;
  brotli(): Promise<Buffer>;
  gzip(): Promise<Buffer>;
}

/** The best quality takes seconds for the largest file, and makes it little smaller than this one. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };

/** @param read called whenever someone wants the bytes as they are. */
export async function createResource(type: string, read: () => Promise<Buffer>): Promise<Resource> {
  const hash = createHash('sha256')
    .update(await read())
    .digest('hex')
    .slice(0, 10);
  return {
    type,
    hash,
    read,
    brotli: remember(async () => promisify(brotliCompress)(await read(), BROTLI)),
    gzip: remember(async () => promisify(gzip)(await read())),
  };
}

/** Answers with it, as small as the caller takes it; 304 to whoever has it already (RFC 9110, section 13.1.2). */
export async function sendResource(ctx: Context, resource: Resource, cacheControl: string): Promise<void> {
  ctx.set('Cache-Control', cacheControl);
  ctx.vary('Accept-Encoding');
  // Weak: the same tag stands for every encoding.
  ctx.etag = `W/"${resource.hash}"`;
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = resource.type;
  switch (ctx.acceptsEncodings('br', 'gzip', 'identity')) {
    case 'br':
      ctx.set('Content-Encoding', 'br');
      ctx.body = await resource.brotli();
      return;
    case 'gzip':
      ctx.set('Content-Encoding', 'gzip');
      ctx.body = await resource.gzip();
      return;
    default:
      ctx.body = await resource.read();
  }
}
