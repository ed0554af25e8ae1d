import type { Middleware } from 'koa';
import getRawBody from 'raw-body';
import { type ApiError, errors } from '../errors.ts';
import type { ApiContext, RequestBody } from '../request-state.ts';

/** Longest body, in bytes. */
export const BODY_LIMIT = 1_048_576;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the body of a contract operation, as bytes (signatures need them) and as JSON. Only a body that is too large is
 * refused here; other faults are kept for the contract, which first asks who is calling.
 */
export function rawBody(): Middleware {
  return async (plain, next) => {
    const ctx = plain as ApiContext;
    ctx.state.body = { bytes: Buffer.alloc(0), value: undefined };
    const { operation } = ctx.state;
    if (operation?.requestBody) ctx.state.body = parse(ctx, await read(ctx), operation['x-raw-body'] === true);
    return next();
  };
}

async function read(ctx: ApiContext): Promise<Buffer> {
  const length = ctx.get('Content-Length');
  try {
    return await getRawBody(ctx.req, { limit: BODY_LIMIT, ...(length === '' ? {} : { length }) });
  } catch (error) {
    const { type } = error as { type?: string };
    if (type === 'entity.too.large') {
      // The rest of the body isn't read, so the connection cannot be used again.
      ctx.set('Connection', 'close');
      throw errors.payloadTooLarge(BODY_LIMIT);
    }
    if (type === 'request.aborted' || type === 'request.size.invalid') {
      throw errors.invalidRequest([{ path: '/body', message: 'ended before it was complete' }]);
    }
    throw error;
  }
}

function parse(ctx: ApiContext, bytes: Buffer, raw: boolean): RequestBody {
  if (bytes.length === 0) return { bytes, value: undefined };
  if (!isJson(ctx.get('Content-Type')) || ctx.get('Content-Encoding') !== '') {
    return { bytes, value: undefined, fault: errors.unsupportedMediaType() };
  }
  // Anything passes validation; what is in the bytes is found out later.
  if (raw) return { bytes, value: {} };
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { bytes, value: undefined, fault: fault('must be UTF-8') };
  }
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { bytes, value } : { bytes, value: undefined, fault: fault('must be object') };
  } catch {
    return { bytes, value: undefined, fault: fault('is not valid JSON') };
  }
}

function fault(message: string): ApiError {
  return errors.invalidRequest([{ path: '/body', message }]);
}

/** `application/json`, with no charset or UTF-8 (RFC 8259, section 8.1). */
function isJson(contentType: string): boolean {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return type === 'application/json' && (charset === undefined || charset.replaceAll('"', '') === 'utf-8');
}
