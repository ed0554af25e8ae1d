import { type Exchange, expectAnswer, type Law } from './law.ts';
import type { SessionModel } from './sessions.ts';

interface Bound {
  from: Date;
  until: Date;
  /** The values that a replay has to repeat. */
  values: string;
  connection: unknown;
  session: string;
}

const KEY_MS = 3_600_000;

/** A key leads to one session for an hour, and a connection has one live session. */
export function startLaw(sessions: SessionModel): Law {
  const keys = new Map<string, Bound>();

  const replay = (exchange: Exchange, bound: Bound): string | undefined => {
    const { fields, answer, body, from, until } = exchange;
    const isBound = until.getTime() < bound.from.getTime() + KEY_MS - 1_000;
    const isFree = from.getTime() > bound.until.getTime() + KEY_MS;
    if (isFree || !isBound) {
      return isFree && answer.headers['idempotent-replayed']
        ? 'a replay of a key that is older than an hour'
        : undefined;
    }
    if (bound.connection !== connectionOf(fields)) {
      return expectAnswer(exchange, 'the key again, for another connection', '409 idempotency_mismatch');
    }
    if (bound.values !== valuesOf(fields)) {
      // Other words may mean the same region or slot.
      if (answer.status !== 200) return undefined;
    }
    const wrong = expectAnswer(exchange, 'the key again, with the same values', '200');
    if (wrong) return wrong;
    if (answer.headers['idempotent-replayed'] !== 'true') return 'a replay that does not say so';
    return body.session.session_id === bound.session ? undefined : 'a replay with another session';
  };

  return (exchange) => {
    const { operation, user, fields, answer, body, from, until } = exchange;
    if (operation.id !== 'startRelay' || answer.status === 401 || answer.status === 400) return undefined;
    const key = `${user} ${String(fields['Idempotency-Key']).toLowerCase()}`;
    const bound = keys.get(key);
    const wrong = bound && replay(exchange, bound);
    if (wrong) return wrong;
    if (answer.status >= 300) return undefined;
    const isReplay = answer.headers['idempotent-replayed'] !== undefined;
    if (isReplay && !bound) return 'a replay of a key that was never used';
    const { session } = body;
    if (!isReplay) {
      const connection = connectionOf(fields);
      keys.set(key, { from, until, values: valuesOf(fields), connection, session: session.session_id });
      if (session.status === 'stopped') return 'a stopped session for a new key';
    }
    if (sessions.find(session.session_id)?.connection !== connectionOf(fields))
      return 'a session of another connection';
    return undefined;
  };
}

function connectionOf({ connection_id }: Exchange['fields']): unknown {
  return typeof connection_id === 'string' ? connection_id.toLowerCase() : connection_id;
}

function valuesOf(fields: Exchange['fields']): string {
  const { region_preference, stream_token, stream_slot } = fields;
  return JSON.stringify([region_preference, stream_token, stream_slot]);
}
