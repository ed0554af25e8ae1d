import { API_ROOT } from '../../../http/contract-document.ts';
import type { ExampleCall } from './example-call.ts';

/** The header of each security scheme; what the reader has to fill in is a variable of the shell. */
const CREDENTIALS: Record<string, string> = {
  bearerAuth: '"Authorization: Bearer $TELEMY_TOKEN"',
  relayAuth: '"X-Relay-Auth: $RELAY_SHARED_KEY"',
  pluginLoginAuth: '"X-Plugin-Login-Auth: $PLUGIN_LOGIN_COMPLETE_KEY"',
  webhookSignature: '"X-Signature: $SIGNATURE"',
};

/** A body that fits into a line of so many characters is written in one. */
const LINE = 72;

/** The call as a command for a shell. @param origin of the server, such as `https://api.example.com`. */
export function curlSample(call: ExampleCall, origin: string): string {
  const { method, headers, body, rawBody } = call;
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quote(urlOf(call, origin))}`,
    ...credentialsOf(call).map((header) => `-H ${header}`),
    ...Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-H ${quote('Content-Type: application/json')}`]),
    ...(body === undefined ? [] : [`${rawBody ? '--data-binary' : '-d'} ${quote(toJson(body))}`]),
  ].join(' \\\n  ');
}

/** One word of a shell's command, whatever is in it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function urlOf({ path, pathValues, query }: ExampleCall, origin: string): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(pathValues[name])));
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  return `${origin}${API_ROOT}${filled}${asked === '' ? '' : `?${asked}`}`;
}

/** People have a token of their own; what only operators have comes second. */
function credentialsOf({ schemes }: ExampleCall): string[] {
  const scheme = schemes.includes('bearerAuth') ? 'bearerAuth' : schemes[0];
  if (scheme === undefined) return [];
  const header = CREDENTIALS[scheme];
  if (header === undefined) throw new Error(`No sample knows the credentials of ${scheme}.`);
  return [header];
}

function toJson(body: unknown): string {
  const short = JSON.stringify(body);
  return short.length <= LINE ? short : JSON.stringify(body, null, 2);
}
