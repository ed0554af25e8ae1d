import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve as resolvePath } from 'node:path';
import { type Clock, systemClock } from '../../../../clock.ts';
import { createControlApi } from './control-api.ts';
import { type Call, createControlListener } from './control-http.ts';
import { createFaultStore } from './fault-store.ts';
import { claimStateDir, removeHostFile, writeHostFile } from './host-file.ts';
import type { IngestMode } from './ingest.ts';
import { createInstances, type Instances } from './instances.ts';
import { createAddressBook } from './stand-in-address.ts';
import { closeServer } from './stand-in-sockets.ts';

/** How a relay host behaves; each has a default. */
export interface RelayHostSettings {
  /** The host ends when no client has called it for so long (120,000). */
  idleMs?: number | undefined;
  /** Time between two health posts of a relay (10,000). */
  healthIntervalMs?: number | undefined;
  /** When the scripted stream of a relay is on (`auto`). */
  ingest?: IngestMode | undefined;
  /** With ingest `auto`: how long after `ready` the stream comes on (2,000). */
  ingestDelayMs?: number | undefined;
}

export interface RelayHostOptions extends RelayHostSettings {
  /** The folder that this host serves; there is one host for each. It has to exist. */
  stateDir: string;
  /** The host ends when nobody has called it for so long from its start (as `idleMs`). */
  firstCallMs?: number;
  clock?: Clock;
  /** Sends the health posts. */
  fetch?: typeof fetch;
  /** What this host has in place of stand-ins; the settings and faults of stand-ins don't count for them. */
  instances?: Instances;
  platform?: NodeJS.Platform;
  onMessage?: (text: string) => void;
}

/** A host that runs in this process. */
export interface RelayHost {
  /** Of the control API, on 127.0.0.1. */
  readonly port: number;
  /** The bearer token of the control API. */
  readonly token: string;
  /** Resolves when the host has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends all relays and the host. May be called again. */
  close(): Promise<void>;
}

/** The folder has a host already. */
export class RelayHostRunningError extends Error {
  override name = 'RelayHostRunningError';
}

/**
 * Starts the relay host of a folder in this process, and tells in the folder's `relay-host.json` where it is.
 *
 * @throws RelayHostRunningError when the folder has a host.
 */
export async function startRelayHost(options: RelayHostOptions): Promise<RelayHost> {
  const stateDir = resolvePath(options.stateDir);
  const onMessage = options.onMessage ?? (() => undefined);
  const release = claimStateDir(stateDir);
  if (release === null) throw new RelayHostRunningError(`another relay host serves ${stateDir}`);

  const faults = createFaultStore();
  const { now } = options.clock ?? systemClock;
  let clockOffsetMs = 0;
  const instances =
    options.instances ??
    createInstances({
      faults,
      addresses: createAddressBook(stateDir, options.platform ?? process.platform),
      clock: { now: () => new Date(now().getTime() + clockOffsetMs) },
      healthIntervalMs: options.healthIntervalMs ?? 10_000,
      ingest: options.ingest ?? 'auto',
      ingestDelayMs: options.ingestDelayMs ?? 2_000,
      fetch: options.fetch ?? fetch,
      onMessage,
    });

  const idleMs = options.idleMs ?? 120_000;
  let limitMs = Math.min(idleMs, options.firstCallMs ?? idleMs);
  let lastCallMs = performance.now();
  const control = createControlApi({
    instances,
    faults,
    setClockOffset: (ms) => {
      clockOffsetMs = ms;
    },
    shutDown: () => void close(),
  });
  const token = randomBytes(32).toString('base64url');
  const server = createServer(
    createControlListener({
      token,
      handle: (call: Call) => {
        lastCallMs = performance.now();
        limitMs = idleMs;
        return control(call);
      },
      onFault: (error) => onMessage(`control call failed: ${error instanceof Error ? error.stack : error}`),
    }),
  );
  const idleTimer = setInterval(endIfIdle, Math.max(10, Math.min(idleMs / 4, 5_000)));

  function endIfIdle(): void {
    if (performance.now() - lastCallMs < limitMs) return;
    onMessage(`no client has called for ${limitMs / 1000} s`);
    void close();
  }

  const { promise: ended, resolve: onEnded } = Promise.withResolvers<void>();
  let closing = false;

  async function close(): Promise<void> {
    if (closing) return await ended;
    closing = true;
    clearInterval(idleTimer);
    // The file goes first, so that nobody new is sent here.
    await removeHostFile(stateDir);
    await instances.terminateAll();
    await closeServer(server);
    release?.();
    onEnded();
  }

  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await writeHostFile(stateDir, { pid: process.pid, port, token });
    onMessage(`relay host of ${stateDir} listens on port ${port} (pid ${process.pid})`);
    return { port, token, ended, close };
  } catch (error) {
    await close();
    throw error;
  }
}
