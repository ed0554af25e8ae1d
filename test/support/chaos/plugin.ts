import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../http.ts';
import type { Watch } from './watch.ts';

/** A device that lives as a plugin does, against whatever happens to the service. */
export interface Plugin {
  userId: string;
  /** Sessions that were answered to a start: id → whether their stop was answered as done. */
  sessions: Map<string, { stopped: boolean }>;
  /** Until `isOver`, and then until everything that it began has an answer. */
  live(isOver: () => boolean): Promise<void>;
  /** Stops all that is left. */
  stopAll(): Promise<void>;
}

export interface PluginOptions {
  userId: string;
  tokens: { access: string; refresh: string };
  watch: Watch;
  random: () => number;
}

/** More than the plan has room for, so that some starts have to be refused. */
const CONNECTIONS = 4;
/** Longest pause between two requests, in milliseconds. */
const LONGEST_PAUSE_MS = 120;

/** @param options.tokens of a fresh sign-in. */
export function createPlugin({ userId, tokens, watch, random }: PluginOptions): Plugin {
  const sessions = new Map<string, { stopped: boolean }>();
  const connections = Array.from({ length: CONNECTIONS }, () => randomUUID());
  const seen = new Map<string, { session_id: string; instance_id: string | null; status: string }>();
  let { access, refresh } = tokens;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const ask = (method: string, path: string, options: object = {}) =>
    watch.ask(method, path, { token: access, ...options });

  const insist = (send: () => Promise<Answer | undefined>, what: string) => watch.insist(send, `${what} of ${userId}`);

  function expect(answer: Answer | undefined, what: string, ...statuses: number[]): answer is Answer {
    if (answer && !statuses.includes(answer.status)) {
      watch.faults.push(`${what} of ${userId}: ${answer.status} ${answer.text}`);
    }
    return answer !== undefined && answer.status < 300 && answer.status !== 204;
  }

  const acts = {
    /** Insists with one key: whether the first one arrived isn't known. */
    async start() {
      const headers = { 'Idempotency-Key': randomUUID() };
      const body = { connection_id: pick(connections) };
      const answer = await insist(() => ask('POST', '/relay/start', { body, headers }), 'start');
      // 503: no room for a relay; the watch lets no other one through.
      if (!expect(answer, 'start', 200, 201, 403, 503)) return;
      const { session } = answer.body;
      if (!sessions.has(session.session_id)) sessions.set(session.session_id, { stopped: false });
      seen.set(body.connection_id, session);
    },
    async stop() {
      const session = pick([...seen.values()]);
      if (session) await stopOne(session.session_id);
    },
    async poll() {
      const connection = pick(connections);
      const wait = random() < 0.2 ? '&wait_seconds=1' : '';
      const answer = await ask('GET', `/relay/active?connection_id=${connection}${wait}`);
      if (expect(answer, 'poll', 200, 204)) seen.set(connection, answer.body.session);
    },
    async heartbeat() {
      const session = pick([...seen.values()].filter(({ status }) => status === 'active'));
      if (!session) return;
      const { session_id, instance_id } = session;
      expect(await ask('POST', '/relay/health', { body: { session_id, instance_id } }), 'heartbeat', 200, 404, 409);
    },
    async refresh() {
      // Whether the first one arrived isn't known: the same token again must do.
      const send = () => watch.ask('POST', '/auth/refresh', { body: { refresh_token: refresh } });
      const answer = await insist(send, 'refresh');
      if (!expect(answer, 'refresh', 200)) return;
      access = answer.body.auth.cp_access_jwt;
      refresh = answer.body.auth.refresh_token;
    },
    usage: async () => void expect(await ask('GET', '/usage/current'), 'usage', 200),
    session: async () => void expect(await ask('GET', '/auth/session'), 'session', 200),
  };
  const weighted = [
    ...Array(3).fill(acts.start),
    ...Array(2).fill(acts.stop),
    ...Array(5).fill(acts.poll),
    ...Array(4).fill(acts.heartbeat),
    acts.refresh,
    acts.usage,
    ...Array(2).fill(acts.session),
  ] as (() => Promise<void>)[];

  async function stopOne(session_id: string): Promise<void> {
    const answer = await insist(() => ask('POST', '/relay/stop', { body: { session_id } }), 'stop');
    const known = sessions.get(session_id);
    if (expect(answer, 'stop', 200, 202) && answer.status === 200 && known) known.stopped = true;
  }

  return {
    userId,
    sessions,
    async live(isOver) {
      while (!isOver()) {
        await pick(weighted)();
        await pause(random() * LONGEST_PAUSE_MS);
      }
    },
    async stopAll() {
      const left = [...sessions].filter(([, { stopped }]) => !stopped);
      await Promise.all(left.map(([id]) => stopOne(id)));
    },
  };
}
