import { quote } from '../../src/web/docs/samples/curl.ts';
import type { FuzzRequest } from './request.ts';
import { toWire } from './wire.ts';

/** A line for a shell that sends the request again. */
export function toCurl(request: FuzzRequest, url: string): string {
  const { host, hostname, port } = new URL(url);
  if (request.wire !== undefined) {
    return `echo ${toWire(request, host).toString('base64')} | base64 -d | nc -N ${hostname} ${port}`;
  }
  const headers = request.headers.map(
    ([name, value]) => `-H ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`,
  );
  const flags = request.method === 'HEAD' ? ['--head'] : ['-X', request.method];
  const curl = ['curl -sSi --path-as-is -g', ...flags, quote(`${url}${request.target}`), ...headers];
  if (request.body === undefined) return curl.join(' ');
  if (isPlain(request.body)) return [...curl, '--data-binary', quote(request.body.toString())].join(' ');
  return `echo ${request.body.toString('base64')} | base64 -d | ${[...curl, '--data-binary @-'].join(' ')}`;
}

/** Whether the bytes can stand in an argument as they are. */
function isPlain(bytes: Buffer): boolean {
  return bytes.length < 4000 && /^[\x20-\x7e]*$/.test(bytes.toString('latin1')) && bytes[0] !== 0x40;
}
