import type { HostFile } from './host-file.ts';
import { ensureRelayHost, findRelayHost, type HostProcessOptions } from './host-process.ts';

/** What the host answered. */
export interface HostAnswer {
  status: number;
  /** Of an error; empty otherwise. */
  code: string;
  message: string;
  /** Undefined where there is none or it isn't JSON. */
  body: unknown;
}

/** Calls the relay host of a folder, which is found or started when first needed and again when it is gone. */
export interface HostClient {
  /**
   * @throws Error when there is no host, when it doesn't answer within `limitMs` (5,000), or after `close`.
   */
  call(method: string, path: string, extra?: { body?: unknown; limitMs?: number }): Promise<HostAnswer>;
  /** Whether a host is connected or could be without starting one. */
  isThere(): Promise<boolean>;
  /** Gives up the calls under way. */
  close(): Promise<void>;
}

export interface HostClientOptions extends HostProcessOptions {
  /** What comes first with each host that is found or started; `call` calls that very one. */
  onConnect?: (call: HostClient['call']) => Promise<void>;
}

const LIMIT_MS = 5_000;
/** A host without calls ends; while a client is there it has to live. */
const KEEP_ALIVE_MS = 30_000;

/** See `HostClient`. Nothing is started before the first call. */
export function createHostClient(options: HostClientOptions): HostClient {
  const closed = new AbortController();
  let host: Promise<HostFile> | undefined;
  let keepAlive: NodeJS.Timeout | undefined;

  function connect(): Promise<HostFile> {
    host ??= ensureRelayHost(options).then(greet);
    const connecting = host;
    keepAlive ??= setInterval(ping, Math.min(KEEP_ALIVE_MS, (options.host?.idleMs ?? Infinity) / 4)).unref();
    connecting.catch(() => forget(connecting));
    return connecting;
  }

  async function greet(found: HostFile): Promise<HostFile> {
    await options.onConnect?.((method, path, { body, limitMs = LIMIT_MS } = {}) =>
      send(found, method, path, body, limitMs),
    );
    return found;
  }

  async function isThere(): Promise<boolean> {
    return host !== undefined || (await findRelayHost(options.stateDir, options.fetch)) !== null;
  }

  function forget(connection: Promise<HostFile>): void {
    if (host === connection) host = undefined;
  }

  /** Only a host that is known: a ping is no reason to start one. */
  function ping(): void {
    host?.then((known) => send(known, 'GET', '/faults', undefined, LIMIT_MS)).catch(() => undefined);
  }

  async function send(to: HostFile, method: string, path: string, body: unknown, limitMs: number): Promise<HostAnswer> {
    const response = await options.fetch(`http://127.0.0.1:${to.port}${path}`, {
      method,
      headers: { Authorization: `Bearer ${to.token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([closed.signal, AbortSignal.timeout(limitMs)]),
    });
    const text = await response.text();
    const read = parse(text);
    const { code, message } = (read ?? {}) as { code?: unknown; message?: unknown };
    return {
      status: response.status,
      code: String(code ?? ''),
      message: String(message ?? text.slice(0, 200)),
      body: read,
    };
  }

  async function call(method: string, path: string, extra: { body?: unknown; limitMs?: number } = {}) {
    for (let isLast = false; ; isLast = true) {
      closed.signal.throwIfAborted();
      const connection = connect();
      const known = await connection;
      try {
        const answer = await send(known, method, path, extra.body, extra.limitMs ?? LIMIT_MS);
        // 401: the host is gone and another one has its port.
        if (answer.status !== 401 || isLast) return answer;
      } catch (error) {
        if (isLast || !isNetworkFailure(error)) throw error;
      }
      // Every call may be repeated, so that it doesn't matter whether this one got there.
      forget(connection);
    }
  }

  async function close(): Promise<void> {
    clearInterval(keepAlive);
    closed.abort(new Error('the local provider is closed'));
  }

  return { call, isThere, close };
}

/** fetch tells a failed connection as a TypeError; a time limit or a close is something else. */
function isNetworkFailure(error: unknown): boolean {
  return error instanceof TypeError;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
