import { type Exchange, expectAnswer, type Law } from './law.ts';

// biome-ignore lint/suspicious/noExplicitAny: a session as the contract tells it.
type Told = any;

interface Known {
  user: number;
  connection: unknown;
  /** As it was told last, in full. */
  last: Told;
  /** Whether an answer said that it is stopped. */
  ended: boolean;
  etags: Map<string, number>;
}

/** What is known of every session, from the answers alone. */
export interface SessionModel {
  law: Law;
  ownerOf(sessionId: unknown): number | undefined;
  find(sessionId: unknown): Known | undefined;
}

/** From which states a session may have come when it is seen in one, stops on the way left out. */
const LATER: Record<string, string[]> = {
  provisioning: ['provisioning', 'active', 'grace', 'stopped'],
  active: ['active', 'grace', 'stopped'],
  grace: ['active', 'grace', 'stopped'],
  stopped: ['stopped'],
};

/** A session belongs to one user and one connection, its version never falls, and it never comes back. */
export function createSessionModel(): SessionModel {
  const sessions = new Map<unknown, Known>();

  const see = (exchange: Exchange, session: Told): string | undefined => {
    const { user, answer, operation } = exchange;
    const known = sessions.get(session.session_id);
    if (!known) {
      if (operation.id !== 'startRelay' || answer.status !== 201) return `${session.session_id} came from nowhere`;
      const { connection_id: connection } = session;
      sessions.set(session.session_id, { user, connection, last: session, ended: false, etags: new Map() });
      return undefined;
    }
    const { last } = known;
    known.last = session;
    if (known.ended && session.status !== 'stopped') return `${session.status} after it was stopped`;
    known.ended = session.status === 'stopped';
    if (known.user !== user) return "someone else's session";
    if (known.connection !== session.connection_id) return 'the session is of another connection now';
    if (session.version < last.version) return `version ${session.version} after ${last.version}`;
    if (!LATER[last.status]?.includes(session.status)) return `${session.status} after ${last.status}`;
    if (session.version === last.version && coreOf(session) !== coreOf(last)) {
      return `version ${session.version} was something else before: ${coreOf(last)}, now ${coreOf(session)}`;
    }
    const { duration_seconds: seconds } = session.usage;
    if (seconds < last.usage.duration_seconds) return `${seconds} seconds after ${last.usage.duration_seconds}`;
    if (last.status === 'stopped' && JSON.stringify(session.usage) !== JSON.stringify(last.usage)) {
      return 'the usage of a stopped session changed';
    }
    return checkToken(last, session);
  };

  const mark = ({ answer: { status, headers }, fields, body }: Exchange): string | undefined => {
    const tag = headers.etag;
    if (status === 304) return tag === fields['If-None-Match'] ? undefined : `304 with ${tag}`;
    if (status !== 200) return undefined;
    if (tag === fields['If-None-Match']) return '200 with the ETag that the caller has';
    const known = sessions.get(body.session.session_id);
    const version = known?.etags.get(String(tag));
    if (version !== undefined && version !== body.session.version) return `one ETag for versions ${version} and later`;
    known?.etags.set(String(tag), body.session.version);
    return undefined;
  };

  const readOne = (exchange: Exchange): string | undefined => {
    const owner = sessions.get(exchange.fields.session_id)?.user;
    if (exchange.answer.status === 400 || exchange.answer.status === 401) return undefined;
    return owner === exchange.user
      ? expectAnswer(exchange, "the caller's own session", '200')
      : expectAnswer(exchange, "not the caller's session", '404 not_found');
  };

  const law: Law = (exchange) => {
    const { operation, answer, body } = exchange;
    const seen = answer.status < 300 && body?.session ? see(exchange, body.session) : undefined;
    if (seen) return seen;
    if (operation.id === 'getActiveRelay') {
      if (answer.status === 200 && body.session.status === 'stopped') return 'a stopped session as the active one';
      return mark(exchange);
    }
    return operation.id === 'getRelaySession' ? readOne(exchange) : undefined;
  };
  return { law, find: (id) => sessions.get(id), ownerOf: (id) => sessions.get(id)?.user };
}

function checkToken(last: Told, session: Told): string | undefined {
  const [before, now] = [last.credentials?.stream_token, session.credentials?.stream_token];
  if (before !== undefined && now !== undefined && before !== now) return 'the session has another stream token now';
  if (session.status === 'stopped' && session.credentials !== undefined) return 'credentials of a stopped session';
  return undefined;
}

/** What a version stands for. */
function coreOf({ status, provision_step, region, instance_id, relay, migration }: Told): string {
  return JSON.stringify([status, provision_step, region, instance_id, relay, migration]);
}
