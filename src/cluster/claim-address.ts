import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { ListenAddress } from '../config.ts';

/**
 * Makes sure that nobody listens at an address, which several processes that share it would not notice, and finds a port
 * where any will do. On Linux each process then takes connections by itself. Elsewhere the primary process takes them and
 * hands them on by turns; whoever connects just as the service ends may wait until it has.
 *
 * @throws Error with EADDRINUSE or EACCES.
 */
export async function claimAddress({ host, port }: ListenAddress): Promise<ListenAddress> {
  const server = createServer().listen({ host, port });
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { host, port: taken, isShared: process.platform === 'linux' };
}
