import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a database that can be cut, as when its machine is away, or hang, as when its processes are stopped. */
export interface DatabaseProxy {
  /** URL of the database through the proxy. */
  url: string;
  /** Breaks every connection, and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections again, on the same port. */
  restore(): Promise<void>;
  /** Keeps connections open and takes new ones, but passes nothing on. */
  hang(): void;
  /** Passes on what was held up, and all that comes. */
  resume(): void;
  /**
   * Half-open: the database's ends of all connections are gone, and nobody tells the clients, who never get an answer on
   * them. New connections are good.
   */
  lose(): void;
  /** Leads new connections to the server of this URL; those that are there stay where they are. */
  leadTo(url: string): void;
  close(): Promise<void>;
}

/** A client's end and the database's end of one connection. */
type Pair = readonly [client: Socket, upstream: Socket];

/**
 * Opens a proxy on loopback before the database at `url`.
 *
 * @param onSent sees what a client sends.
 */
export async function openDatabaseProxy(
  url: string,
  onSent?: (bytes: Buffer, client: Socket) => void,
): Promise<DatabaseProxy> {
  let target = new URL(url);
  const pairs = new Set<Pair>();
  /** Every end that is open, whether or not its other one is. */
  const open = new Set<Socket>();
  let hanging = false;
  let isCut = false;

  const pipe = ([client, upstream]: Pair) => {
    client.pipe(upstream);
    upstream.pipe(client);
  };
  const take = (client: Socket) => {
    // One that was under way when the way was cut.
    if (isCut) return client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [upstream, client]] as const) {
      open.add(one);
      one.on('close', () => {
        open.delete(one);
        pairs.delete(pair);
      });
      // Either end may break off; the other must notice.
      one.on('error', () => other.destroy());
    }
    if (!hanging) pipe(pair);
    if (onSent) client.on('data', (bytes) => onSent(bytes, client));
  };

  let server = await listen(take, 0);
  const { port } = server.address() as AddressInfo;
  const cut = async (): Promise<void> => {
    isCut = true;
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).toString(),
    cut,
    async restore() {
      isCut = false;
      server = await listen(take, port);
    },
    hang() {
      hanging = true;
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        upstream.unpipe(client);
      }
    },
    lose() {
      for (const pair of pairs) {
        const [client, upstream] = pair;
        pairs.delete(pair);
        client.unpipe(upstream);
        client.resume();
        upstream.unpipe(client);
        upstream.destroy();
      }
    },
    leadTo(next) {
      target = new URL(next);
    },
    resume() {
      // Piped twice, everything would arrive twice.
      if (!hanging) return;
      hanging = false;
      for (const pair of pairs) pipe(pair);
    },
    close: cut,
  };
}

async function listen(handler: (socket: Socket) => void, port: number): Promise<Server> {
  const server = createServer(handler);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
