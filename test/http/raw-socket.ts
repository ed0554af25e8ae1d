import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answer } from '../support/http.ts';

/** What a server wrote back until it closed the connection. */
export interface RawAnswer {
  statusLine: string;
  /** By name in lower case. */
  headers: Map<string, string>;
  body: string;
}

/** Writes these bytes to the server and reads until it closes: for what no HTTP client would send. */
export async function sendRaw(url: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(bytes);
  const answer = await text(socket);
  const [head = '', ...body] = answer.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { statusLine, headers, body: body.join('\r\n\r\n') };
}

/** The same as other clients give it; the body must be JSON. */
export function rawToAnswer(raw: RawAnswer): Answer {
  return {
    status: Number(raw.statusLine.split(' ')[1]),
    headers: new Headers([...raw.headers]),
    body: JSON.parse(raw.body),
    text: raw.body,
  };
}
