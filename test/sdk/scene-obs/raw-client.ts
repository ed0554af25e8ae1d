import { once } from 'node:events';
import { WebSocket } from 'ws';
import { answerChallenge, OP } from '../../support/obs-websocket/index.ts';

/** A message of obs-websocket. */
export interface Message {
  op: number;
  // Messages differ by op; tests read what they expect.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  d: any;
}

/** A client that says exactly what a test lets it say. */
export interface RawClient {
  hello: Message;
  send(message: unknown): void;
  sendText(text: string | Buffer): void;
  /** The next message that wasn't taken yet. */
  next(): Promise<Message>;
  /** Code with which the server closes. */
  closed: Promise<number>;
  close(): void;
}

/** Connects and takes the Hello. */
export async function connectRaw(url: string): Promise<RawClient> {
  const socket = new WebSocket(url, 'obswebsocket.json');
  const waiting: ((message: Message) => void)[] = [];
  const arrived: Message[] = [];
  socket.on('message', (data) => {
    const message: Message = JSON.parse(String(data));
    const taker = waiting.shift();
    if (taker) taker(message);
    else arrived.push(message);
  });
  const next = async () => arrived.shift() ?? (await new Promise<Message>((resolve) => waiting.push(resolve)));
  const closed = once(socket, 'close').then(([code]) => code as number);
  return {
    hello: await next(),
    send: (message) => socket.send(JSON.stringify(message)),
    sendText: (text) => socket.send(text),
    next,
    closed,
    close: () => socket.close(),
  };
}

/** Connects and identifies. */
export async function identifyRaw(url: string, password?: string, more: object = {}): Promise<RawClient> {
  const client = await connectRaw(url);
  const { authentication } = client.hello.d;
  const answer = password && authentication ? { authentication: answerChallenge(password, authentication) } : {};
  client.send({ op: OP.identify, d: { rpcVersion: 1, ...answer, ...more } });
  await client.next();
  return client;
}
