import { isIP } from 'node:net';

/** As Compose writes durations: `1m30s`, `500ms`. */
export const DURATION = /^(\d+(\.\d+)?(us|ms|s|m|h))+$/;

const VARIABLE = String.raw`\$\{\w+(:?[-?][^}]*)?\}`;
const PORT = String.raw`\d{1,5}(-\d{1,5})?`;
/** `8080`, `127.0.0.1:8080:80/tcp`; what is published may be a variable. */
export const PORTS = new RegExp(
  String.raw`^(((\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]):)?(${PORT}|${VARIABLE})?:)?${PORT}(/(tcp|udp|sctp))?$`,
);

/** An address and the length of its network. */
export function cidrPattern(text: string): boolean {
  const [address = '', bits = '', ...others] = text.split('/');
  const family = isIP(address);
  return family !== 0 && others.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}
