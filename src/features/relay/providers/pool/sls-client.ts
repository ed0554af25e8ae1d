import { isIPv6 } from 'node:net';
import type { RelayAddress } from '../provider.ts';

/** Two keys that lead to one stream: who has the first may feed it, who has the second may watch it. */
export interface StreamId {
  publisher: string;
  player: string;
  description: string;
}

/** Where a host's API is. */
export type SlsAddress = Pick<RelayAddress, 'publicIp' | 'slsPort'>;

/** The API of the hosts' SRT servers. Every call throws `HostUnavailableError` or `HostRefusedError`. */
export interface SlsClient {
  /** Resolves if the host says that it is well. */
  checkHealth(at: SlsAddress): Promise<void>;
  listStreams(at: SlsAddress): Promise<StreamId[]>;
  /** False: the player key is taken. */
  addStream(at: SlsAddress, stream: StreamId): Promise<boolean>;
  /** One that isn't there is no error. */
  removeStream(at: SlsAddress, player: string): Promise<void>;
  /** Whether the host knows the player key. */
  hasStats(at: SlsAddress, player: string): Promise<boolean>;
}

/** The host doesn't answer in time, or not sensibly: to be tried again. */
export class HostUnavailableError extends Error {
  override name = 'HostUnavailableError';
}

/** The host doesn't take our key, or what we sent: an operator has to look at it. */
export class HostRefusedError extends Error {
  override name = 'HostRefusedError';
}

export interface SlsClientOptions {
  /** Bearer token of every host's API. */
  apiKey: string;
  fetch?: typeof fetch;
  /** Longest wait for an answer, in milliseconds. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 3_000;

/** Calls the API as it is described at https://github.com/OpenIRL/srt-live-server/blob/main/API.md. */
export function createSlsClient({ apiKey, fetch: send = fetch, timeoutMs = TIMEOUT_MS }: SlsClientOptions): SlsClient {
  /** @param meaning a status beyond the successes that means something to the caller. */
  async function call(at: SlsAddress, method: string, path: string, meaning?: number, body?: StreamId) {
    const host = isIPv6(at.publicIp) ? `[${at.publicIp}]` : at.publicIp;
    const what = `${method} http://${host}:${at.slsPort}${path.replace(/play_.*/, 'play_…')}`;
    const { status, text } = await send(`http://${host}:${at.slsPort}${path}`, {
      method,
      // A host that sends us elsewhere must not get the key sent there.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...(path.startsWith('/api/') ? { Authorization: `Bearer ${apiKey}` } : {}),
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).then(
      async (answer) => ({ status: answer.status, text: await answer.text().catch(() => '') }),
      (error: Error) => {
        const { code = error.name } = (error.cause ?? {}) as { code?: string };
        throw new HostUnavailableError(`${what}: no answer (${code})`);
      },
    );
    if ((status >= 200 && status < 300) || status === meaning) return { status, body: parse(text) };
    const message = `${what}: ${status}`;
    const isOurFault = status >= 400 && status < 500 && status !== 408 && status !== 429;
    throw isOurFault ? new HostRefusedError(message) : new HostUnavailableError(message);
  }

  return {
    async checkHealth(at) {
      const { body } = await call(at, 'GET', '/health');
      if (body?.status !== 'ok') throw new HostUnavailableError(`${at.publicIp}: it says that it is not well`);
    },
    async listStreams(at) {
      const { body } = await call(at, 'GET', '/api/stream-ids');
      // In an envelope, or by itself.
      const list = Array.isArray(body) ? body : body?.data;
      if (!Array.isArray(list)) throw new HostUnavailableError(`${at.publicIp}: no list of stream ids`);
      return list.flatMap(toStreamId);
    },
    async addStream(at, stream) {
      return (await call(at, 'POST', '/api/stream-ids', 409, stream)).status !== 409;
    },
    async removeStream(at, player) {
      await call(at, 'DELETE', `/api/stream-ids/${encodeURIComponent(player)}`, 404);
    },
    async hasStats(at, player) {
      return (await call(at, 'GET', `/stats/${encodeURIComponent(player)}`, 404)).status !== 404;
    },
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The host leaves out what is empty. */
function toStreamId(value: unknown): StreamId[] {
  const { publisher, player, description = '' } = (value ?? {}) as Partial<Record<keyof StreamId, unknown>>;
  if (typeof publisher !== 'string' || typeof player !== 'string') return [];
  return [{ publisher, player, description: String(description) }];
}
