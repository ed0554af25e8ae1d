import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RelayAddress } from '../provider.ts';
import type { Place } from './stand-in-address.ts';

/** What listens behind the four ports of a relay. */
export interface SocketHandlers {
  stats: RequestListener;
  sls: RequestListener;
  /** Called for each datagram at the SRT port. */
  onDatagram(): void;
}

/** The listening sockets of one stand-in. */
export interface StandInSockets {
  address: RelayAddress;
  /** Resolves once all of them are free again; open connections are cut. */
  close(): Promise<void>;
}

const USUAL = { srt: 5000, player: 4000, stats: 5080, sls: 8090 };
const ANY = { srt: 0, player: 0, stats: 0, sls: 0 };

/**
 * Listens on all four ports of `place`, or on none.
 *
 * @throws the error of the first socket that couldn't, such as EADDRINUSE.
 */
export async function openSockets({ ip, ports }: Place, handlers: SocketHandlers): Promise<StandInSockets> {
  const wanted = ports === 'usual' ? USUAL : ANY;
  const srt = createSocket('udp4', handlers.onDatagram);
  const player = createSocket('udp4');
  const stats = createServer(handlers.stats);
  const sls = createServer(handlers.sls);
  const opened = await Promise.allSettled([
    bind(srt, ip, wanted.srt),
    bind(player, ip, wanted.player),
    listen(stats, ip, wanted.stats),
    listen(sls, ip, wanted.sls),
  ]);
  const close = async () => {
    await Promise.all([closeUdp(srt), closeUdp(player), closeServer(stats), closeServer(sls)]);
  };
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  const address = {
    publicIp: ip,
    srtPort: srt.address().port,
    playerPort: player.address().port,
    statsPort: (stats.address() as AddressInfo).port,
    slsPort: (sls.address() as AddressInfo).port,
  };
  // Without a listener an error that comes later would end the whole host.
  for (const socket of [srt, player]) socket.on('error', () => undefined);
  return { address, close };
}

async function bind(socket: Socket, ip: string, port: number): Promise<void> {
  socket.bind({ address: ip, port });
  await once(socket, 'listening');
}

async function listen(server: Server, ip: string, port: number): Promise<void> {
  server.listen(port, ip);
  await once(server, 'listening');
}

/** Ends an HTTP server and its connections. One that never listened is no error. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function closeUdp(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}
