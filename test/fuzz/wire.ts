import fc from 'fast-check';
import type { FuzzRequest } from './request.ts';

const LENGTH = /(\r\nContent-Length: )\d+/;

/** How a request can be wrong before it is a request. */
const SPOILERS = {
  'no host': (text: string) => text.replace(/\r\nHost: [^\r]*/, ''),
  'control character in a header': (text: string) => text.replace('\r\n\r\n', '\r\nX-Odd: a\u0001b\r\n\r\n'),
  'space in a header name': (text: string) => text.replace('\r\n\r\n', '\r\nX Odd: a\r\n\r\n'),
  'header without a colon': (text: string) => text.replace('\r\n\r\n', '\r\nodd\r\n\r\n'),
  'too many headers': (text: string) => text.replace('\r\n\r\n', `\r\nX-Odd: ${'x'.repeat(20_000)}\r\n\r\n`),
  'method that is no token': (text: string) => text.replace(/^\S+/, 'G@T'),
  'method nobody knows': (text: string) => text.replace(/^\S+/, 'FETCH'),
  'space in the path': (text: string) => text.replace(/^(\S+) (\S+)/, '$1 /api /v1'),
  'byte in the path': (text: string) => text.replace(/^(\S+) (\S+)/, '$1 /api/v1/\u0001'),
  'other version': (text: string) => text.replace('HTTP/1.1\r\n', 'HTTP/9.9\r\n'),
  'length that is no number': (text: string) => text.replace(LENGTH, '$1ten'),
  'negative length': (text: string) => text.replace(LENGTH, '$1-1'),
  'two lengths': (text: string) => text.replace(LENGTH, '\r\nContent-Length: 3\r\nContent-Length: 4'),
  'length and chunks': (text: string) => text.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n'),
  'broken chunk': (text: string) =>
    `${text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\nContent-Length: \d+/, '')}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`,
  'no HTTP': () => 'hello\r\n\r\n',
  'bytes of TLS': () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
};

export type WireFault = keyof typeof SPOILERS;

export const wireFault: fc.Arbitrary<WireFault> = fc.constantFrom(...(Object.keys(SPOILERS) as WireFault[]));

/** The request as bytes for the wire, spoilt if it says so. */
export function toWire(request: FuzzRequest, host: string): Buffer {
  const body = request.body ?? Buffer.alloc(0);
  const headers = [
    ['Host', host],
    ...request.headers,
    ['Content-Length', String(body.length)],
    ['Connection', 'close'],
  ];
  const head = [`${request.method} ${request.target} HTTP/1.1`, ...headers.map((header) => header.join(': '))];
  const text = `${head.join('\r\n')}\r\n\r\n${body.toString('latin1')}`;
  return Buffer.from(request.wire === undefined ? text : SPOILERS[request.wire](text), 'latin1');
}
