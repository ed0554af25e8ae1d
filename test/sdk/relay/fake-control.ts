import type { RelaySession } from '../../../generated/sdk/types.gen.ts';
import type { CallOptions } from '../../../src/sdk/client-types.ts';
import type { RelayClient } from '../../../src/sdk/relay/relay-client.ts';
import { apiSession, refusal, unreachable } from './sessions.ts';

export type CallName = keyof RelayClient;

export interface Call {
  name: CallName;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into arguments of every shape.
  body: any;
  key?: string | undefined;
}

/** A control plane in memory, as a client sees it: it keeps the rules of starts and stops, the rest is up to the test. */
export interface FakeControl {
  client: RelayClient;
  calls: Call[];
  /** Every session that was ever made, by its id. */
  sessions: Map<string, RelaySession>;
  /** No request gets through. */
  isAway: boolean;
  /** The next calls of that name fail with these, after the server did what was asked where `isLost`. */
  fail(name: CallName, error: Error, options?: { times?: number; isLost?: boolean }): void;
  /** Gives the connection's live session these values and a new version. */
  change(connectionId: string, values: Partial<RelaySession>): void;
  /** Puts a live session there that nobody started here. */
  plant(connectionId: string, values?: Partial<RelaySession>): RelaySession;
  /** The connection's session that isn't stopped. */
  live(connectionId: string): RelaySession | undefined;
  count(name: CallName): number;
}

export function createFakeControl(): FakeControl {
  const sessions = new Map<string, RelaySession>();
  const keys = new Map<string, string>();
  const faults: { name: CallName; error: Error; isLost: boolean }[] = [];
  const waiting = new Set<() => void>();

  const live = (id: string) =>
    [...sessions.values()].find((session) => session.connection_id === id && session.status !== 'stopped');
  const notify = () => {
    for (const wake of [...waiting]) wake();
  };
  function put(session: RelaySession): RelaySession {
    sessions.set(session.session_id, session);
    notify();
    return structuredClone(session);
  }

  async function serve<T>(call: Call, options: CallOptions | undefined, act: () => T | Promise<T>): Promise<T> {
    control.calls.push(call);
    options?.signal?.throwIfAborted();
    await null;
    if (control.isAway) throw unreachable();
    const at = faults.findIndex(({ name }) => name === call.name);
    const fault = at < 0 ? undefined : faults.splice(at, 1)[0];
    if (fault && !fault.isLost) throw fault.error;
    const result = await act();
    if (fault) throw fault.error;
    return result;
  }

  function untilChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        waiting.delete(end);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      waiting.add(end);
      signal?.addEventListener('abort', end);
    });
  }

  const control: FakeControl = {
    calls: [],
    sessions,
    isAway: false,
    fail(name, error, { times = 1, isLost = false } = {}) {
      for (let left = times; left > 0; left -= 1) faults.push({ name, error, isLost });
    },
    change(connectionId, values) {
      const session = live(connectionId);
      if (!session) throw new Error(`${connectionId} has no live session.`);
      put({ ...session, ...values, version: session.version + 1 });
    },
    plant: (connection_id, values = {}) =>
      put(
        apiSession({
          connection_id,
          session_id: `ses_${sessions.size + 1}`,
          instance_id: `i-${sessions.size + 1}`,
          ...values,
        }),
      ),
    live,
    count: (name) => control.calls.filter((call) => call.name === name).length,
    client: {
      startRelay: (body = {}, options) =>
        serve({ name: 'startRelay', body, key: options?.idempotencyKey }, options, () => {
          const key = options?.idempotencyKey ?? '';
          const bound = sessions.get(keys.get(key) ?? '');
          if (bound) return { session: structuredClone(bound), outcome: 'replayed' as const };
          const id = body.connection_id ?? '';
          const existing = live(id);
          const session = existing ?? control.plant(id, { region: body.region_preference ?? 'us-east-1' });
          keys.set(key, session.session_id);
          return {
            session: structuredClone(session),
            outcome: existing ? ('existing' as const) : ('created' as const),
          };
        }),
      getActiveRelay: (query = {}, options) =>
        serve({ name: 'getActiveRelay', body: query }, options, async () => {
          const id = query.connectionId ?? '';
          while ((query.waitSeconds ?? 0) > 0 && live(id)?.version === query.sinceVersion) {
            await untilChange(options?.signal);
          }
          return structuredClone(live(id)) ?? null;
        }),
      getRelaySession: (id, options) =>
        serve({ name: 'getRelaySession', body: id }, options, () => {
          const session = sessions.get(id);
          if (!session) throw refusal(404, 'not_found');
          return structuredClone(session);
        }),
      stopRelay: (body = {}, options) =>
        serve({ name: 'stopRelay', body }, options, () => {
          const session = live(body.connection_id ?? '');
          if (!session) throw refusal(404, 'not_found');
          const { session_id } = session;
          if (session.status === 'provisioning')
            return { session_id, status: 'provisioning' as const, stop_deferred: true as const };
          put({ ...session, status: 'stopped' });
          return { session_id, status: 'stopped' as const, stopped_at: '2026-05-12T09:00:00.000Z' };
        }),
      migrateRelay: (body, options) =>
        serve({ name: 'migrateRelay', body }, options, () => {
          const session = live(body.connection_id ?? '');
          if (!session) throw refusal(404, 'not_found');
          if (session.region === body.new_region) return structuredClone(session);
          const migration = { new_region: body.new_region, step: 'launching_instance' as const, failure: null };
          return put({ ...session, migration, version: session.version + 1 });
        }),
      heartbeat: (body, options) =>
        serve({ name: 'heartbeat', body }, options, () => {
          const session = sessions.get(body.session_id);
          if (!session || session.status === 'stopped') throw refusal(404, 'not_found');
          return { ok: true as const, status: session.status, lease_expires_at: null };
        }),
    },
  };
  return control;
}
