import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import {
  createLocalProvider,
  type LocalProvider,
  type RelayHost,
  type RelayHostOptions,
  startRelayHost,
  stopRelayHost,
} from '../../src/features/relay/providers/local/index.ts';
import type { ProvisionRequest } from '../../src/features/relay/providers/provider.ts';

export interface HealthPost {
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** A server that takes health posts as the control plane does. */
export interface HealthServer {
  url: string;
  posts: HealthPost[];
  /** What it answers with; 200 at first. */
  status: number;
  close(): void;
}

/** A state folder and what uses it, for one test. */
export interface LocalRelays {
  stateDir: string;
  /** A host in this process; without ingest and with quick health posts unless said otherwise. */
  startHost(options?: Partial<RelayHostOptions>): Promise<RelayHost>;
  createProvider(options?: Partial<Parameters<typeof createLocalProvider>[0]>): LocalProvider;
  startHealthServer(): Promise<HealthServer>;
  /** Ends all of it, host processes included, and removes the folder. */
  cleanUp(): Promise<void>;
}

let requests = 0;

/** A request with a token of its own; its health posts go nowhere. */
export function provisionRequest(values: Partial<ProvisionRequest> = {}): ProvisionRequest {
  requests += 1;
  return {
    token: `ses_${process.pid}_${requests}:1`,
    sessionId: `ses_${process.pid}_${requests}`,
    userId: 'usr_test',
    anyRegion: false,
    statsReader: null,
    deployment: 'test',
    region: 'us-east-1',
    streamToken: `stream${requests}`,
    relayKey: `key-${requests}`,
    healthUrl: 'http://127.0.0.1:9/api/v1/relay/health',
    ...values,
  };
}

/** See `LocalRelays`. */
export async function createLocalRelays(): Promise<LocalRelays> {
  const stateDir = await mkdtemp(join(tmpdir(), 'telemy-relays-'));
  const ends: (() => unknown)[] = [];

  return {
    stateDir,
    async startHost(options = {}) {
      const host = await startRelayHost({ stateDir, ingest: 'off', healthIntervalMs: 50, ...options });
      ends.push(host.close);
      return host;
    },
    createProvider(options = {}) {
      const provider = createLocalProvider({ stateDir, regions: ['us-east-1', 'eu-west-1'], ...options });
      ends.push(provider.close);
      return provider;
    },
    async startHealthServer() {
      const server = await startHealthServer();
      ends.push(server.close);
      return server;
    },
    async cleanUp() {
      await stopRelayHost(stateDir);
      for (const end of ends.reverse()) await end();
      await rm(stateDir, { recursive: true });
    },
  };
}

async function startHealthServer(): Promise<HealthServer> {
  const posts: HealthPost[] = [];
  const server = createServer(async (request, response) => {
    posts.push({ headers: request.headers, body: (await json(request)) as HealthPost['body'] });
    response.writeHead(health.status, { 'Content-Type': 'application/json' }).end('{"ok":true}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const health: HealthServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/relay/health`,
    posts,
    status: 200,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return health;
}
