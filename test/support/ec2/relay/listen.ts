import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { answerSls, answerStats } from './handlers.ts';
import type { Relay } from './relay.ts';

export const STATS_PORT = 5080;
export const SLS_PORT = 8090;

/** An address and what listens there. */
export interface Listener {
  ip: string;
  /** Resolves once its ports are free again; open connections are cut. */
  close(): Promise<void>;
}

/** Gives out addresses of 127.0.0.0/8, never one that was given out before by this process. */
export interface AddressPool {
  /** @param relayNow the relay that stands behind the address at a time; undefined: none, and callers are hung up on. */
  take(relayNow: () => Relay | undefined): Promise<Listener>;
  /** Closes all that was taken, and whatever is taken from now on. */
  close(): Promise<void>;
}

/** From 127.30.0.1 up to 127.126.255.254; the rest is left to others. */
const FIRST = 30 << 16;
const SIZE = 97 << 16;
/** Tries at addresses before it counts as hopeless. */
const MAX_TRIES = 1000;

// All stand-ins of a process draw from one range. Processes begin far apart, so that they seldom meet.
let next = (process.pid * 1009) % SIZE;

function nextIp(): string {
  for (;;) {
    next = (next + 1) % SIZE;
    const number = FIRST + next;
    const last = number & 255;
    if (last !== 0 && last !== 255) return `127.${number >> 16}.${(number >> 8) & 255}.${last}`;
  }
}

/** @param open false: addresses are names only, nothing listens. */
export function createAddressPool(open: boolean): AddressPool {
  const taken = new Set<Listener>();
  let closed = false;
  return {
    async take(relayNow) {
      if (!open) return { ip: nextIp(), close: async () => undefined };
      const listener = await listenSomewhere(relayNow);
      taken.add(listener);
      if (closed) await listener.close();
      return {
        ip: listener.ip,
        async close() {
          taken.delete(listener);
          await listener.close();
        },
      };
    },
    async close() {
      closed = true;
      await Promise.all([...taken].map((listener) => listener.close()));
    },
  };
}

async function listenSomewhere(relayNow: () => Relay | undefined): Promise<Listener> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await listen(nextIp(), relayNow);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === MAX_TRIES) throw error;
    }
  }
}

/**
 * Both ports are taken for as long as the address is: if they were opened only when the relay comes up, another process
 * could have taken one by then. Until it is up, connections are cut before anything is answered.
 */
async function listen(ip: string, relayNow: () => Relay | undefined): Promise<Listener> {
  const servers: Server[] = [];
  const close = async () => void (await Promise.all(servers.map(closeServer)));
  const open = async (port: number, part: 'stats' | 'sls', handler: typeof answerStats) => {
    const server = createServer(async (request, response) => {
      const relay = relayNow();
      if (!relay?.up.has(part)) return void request.socket.destroy();
      await handler(relay, request, response);
    });
    server.listen(port, ip);
    await once(server, 'listening');
    servers.push(server);
  };
  try {
    await open(STATS_PORT, 'stats', answerStats);
    await open(SLS_PORT, 'sls', answerSls);
  } catch (error) {
    await close();
    throw error;
  }
  return { ip, close };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
