import { type Exchange, expectAnswer, type Law } from './law.ts';
import type { SessionModel } from './sessions.ts';

export interface StopModel {
  law: Law;
  /** Sessions that have to be stopped once their launch has come to an end. */
  wishes: Set<string>;
}

/** A stop is final and repeatable; a stop during a launch is a wish that a new start takes back. */
export function createStopModel(sessions: SessionModel): StopModel {
  const stops = new Map<string, string>();
  const wishes = new Set<string>();

  const stop = (exchange: Exchange): string | undefined => {
    const { fields, user, answer, body } = exchange;
    const named = fields.session_id;
    const connection = fields.connection_id === undefined ? undefined : String(fields.connection_id).toLowerCase();
    const known = sessions.find(named);
    if (named !== undefined && (known?.user !== user || (connection ?? known?.connection) !== known?.connection)) {
      return expectAnswer(exchange, 'no session of the caller, or not of that connection', '404 not_found');
    }
    if (named !== undefined && known?.ended) {
      const wrong = expectAnswer(exchange, 'a session that is stopped already', '200');
      if (wrong) return wrong;
    }
    if (answer.status === 409 && fields.defer !== false) return 'a 409 for a stop that may wait';
    if (answer.status === 202 && fields.defer === false) return 'a stop that may not wait was put off';
    if (answer.status >= 300) return undefined;
    const target = sessions.find(body.session_id);
    if (target?.user !== user || (named !== undefined && body.session_id !== named))
      return 'another session was stopped';
    if (answer.status === 202) {
      if (!['provisioning', undefined].includes(target.last.status)) return 'a stop was put off behind the launch';
      wishes.add(body.session_id);
      return undefined;
    }
    const before = stops.get(body.session_id);
    stops.set(body.session_id, answer.text);
    wishes.delete(body.session_id);
    target.ended = true;
    return before === undefined || before === answer.text ? undefined : `stopped otherwise before: ${before}`;
  };

  const law: Law = (exchange) => {
    const { operation, answer, body } = exchange;
    if (answer.status === 401 || answer.status === 400) return undefined;
    if (operation.id === 'stopRelay') return stop(exchange);
    if (operation.id === 'startRelay' && answer.status < 300 && !answer.headers['idempotent-replayed']) {
      wishes.delete(body.session.session_id);
    }
    if (operation.id !== 'reportRelayHealth') return undefined;
    const known = sessions.find(exchange.fields.session_id);
    if (known && !known.ended && (exchange.bearer === undefined || known.user === exchange.user)) {
      return undefined;
    }
    return expectAnswer(exchange, 'a report about no live session of theirs', '404 not_found');
  };
  return { law, wishes };
}
