import type { Fault } from '../vendor-server/faults.ts';
import { listenAsVendor, type VendorCall, type VendorServer } from '../vendor-server/server.ts';
import { nextLoopbackAddress } from './address.ts';
import { createSlsApi, refuseAsSls, serveLinkStats } from './api.ts';
import { createStreamIdStore, type StreamId } from './stream-ids.ts';

export type { Fault, FaultKind } from '../vendor-server/faults.ts';
export type { VendorCall } from '../vendor-server/server.ts';
export type { StreamId } from './stream-ids.ts';

export interface SlsHostOptions {
  apiKey: string;
  /** Default: on Linux an address of its own in 127.0.0.0/8, elsewhere 127.0.0.1. */
  ip?: string;
  /** Default 0: any free one. */
  apiPort?: number;
  /** Default 0: any free one. */
  statsPort?: number;
  faults?: Fault[];
  /** Decides, with its numbers from 0 up to 1, which calls a fault with a share hits; default `Math.random`. */
  random?: () => number;
}

/** An always-on relay host, as a pool meets it. */
export interface SlsHost {
  ip: string;
  /** Of the SRT server's API. */
  apiPort: number;
  /** Of the per-link statistics. */
  statsPort: number;
  /** Copies of the stream ids, in the order in which they were added. */
  streams(): StreamId[];
  /** Adds a stream id as if by another hand. False where the player exists. */
  addStream(stream: { publisher: string; player: string; description?: string }): boolean;
  /** Removes one as if by another hand. False where there is no such player. */
  removeStream(player: string): boolean;
  /** What a restart without its database does. */
  forgetStreams(): void;
  /** Stops to listen: connections are cut, new ones refused. Stream ids are kept. */
  goDown(): Promise<void>;
  /** Listens again, at the same ports. @param apiKey its new key; default: the one of before. */
  comeUp(apiKey?: string): Promise<void>;
  /** Of both ports. */
  calls: VendorCall[];
  /** What calls run into, at both ports; `path` tells `/stats` from the rest. May be replaced or changed at any time. */
  faults: Fault[];
  /** Like `goDown`, for good. */
  close(): Promise<void>;
}

/** Starts a relay host in this process: two small HTTP servers, nothing else. */
export async function startSlsHost(options: SlsHostOptions): Promise<SlsHost> {
  const { ip = nextLoopbackAddress(), apiPort = 0, statsPort = 0, random = Math.random } = options;
  const store = createStreamIdStore();
  let { apiKey } = options;
  const calls: VendorCall[] = [];
  const common = { ip, refuse: refuseAsSls, faultsNow: () => host.faults, random, calls };
  const listenAt = async (ports: { api: number; stats: number }) => ({
    api: await listenAsVendor({ ...common, port: ports.api, serve: createSlsApi(apiKey, store) }),
    stats: await listenAsVendor({ ...common, port: ports.stats, serve: serveLinkStats }),
  });

  let servers: Record<'api' | 'stats', VendorServer> | undefined = await listenAt({ api: apiPort, stats: statsPort });
  const ports = { api: servers.api.port, stats: servers.stats.port };

  async function goDown(): Promise<void> {
    const open = servers;
    servers = undefined;
    await Promise.all([open?.api.close(), open?.stats.close()]);
  }

  const host: SlsHost = {
    ip,
    apiPort: ports.api,
    statsPort: ports.stats,
    streams: () => structuredClone(store.list()),
    addStream: (stream) => store.add({ description: '', ...stream }),
    removeStream: store.remove,
    forgetStreams: store.clear,
    goDown,
    async comeUp(newKey = apiKey) {
      apiKey = newKey;
      servers ??= await listenAt(ports);
    },
    calls,
    faults: options.faults ?? [],
    close: goDown,
  };
  return host;
}
