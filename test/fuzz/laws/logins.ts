import { type Exchange, expectAnswer, isOver, type Law } from './law.ts';

interface Attempt {
  pollToken: string;
  expiresAt: Date;
  decision: { outcome: unknown; user: unknown; reason: unknown } | undefined;
  claimed: boolean;
}

const CLAIM_GRACE_MS = 300_000;

/** A login attempt is decided once, and its tokens are given out once. */
export function loginLaw(): Law {
  const attempts = new Map<unknown, Attempt>();

  const poll = (exchange: Exchange): string | undefined => {
    const { fields, answer, body } = exchange;
    const attempt = attempts.get(fields.login_attempt_id);
    if (!attempt || attempt.pollToken !== fields.poll_token) {
      return expectAnswer(exchange, 'no attempt has this poll token', '404 not_found');
    }
    const { decision, claimed, expiresAt } = attempt;
    const over = isOver(exchange, expiresAt);
    if (decision?.outcome !== 'completed') {
      if (over === undefined) return undefined;
      if (over) return expectAnswer(exchange, 'the attempt has expired', '410 login_attempt_expired');
      return decision
        ? expectAnswer(exchange, 'the attempt was denied', '403 login_denied')
        : expectAnswer(exchange, 'the attempt is undecided', '202');
    }
    if (claimed) return expectAnswer(exchange, 'its tokens were given out', '409 login_already_claimed', '410');
    const lost = isOver(exchange, new Date(expiresAt.getTime() + CLAIM_GRACE_MS));
    if (lost) return expectAnswer(exchange, 'nobody claimed it in time', '410 login_attempt_expired');
    if (answer.status === 200) attempt.claimed = true;
    if (answer.status === 200 && body.user.id !== decision.user) return 'the tokens are of another user';
    return lost === undefined ? undefined : expectAnswer(exchange, 'the attempt was completed', '200');
  };

  const decide = (exchange: Exchange): string | undefined => {
    const { fields, answer } = exchange;
    const attempt = attempts.get(fields.login_attempt_id);
    if (!attempt) return expectAnswer(exchange, 'there is no such attempt', '404 not_found');
    const { outcome, user_id: user, reason_code: reason } = fields;
    if (!attempt.decision) {
      if (answer.status === 204) attempt.decision = { outcome, user, reason };
      const over = isOver(exchange, attempt.expiresAt);
      // A user who isn't there is a 404, in time or not.
      if (over === undefined) return undefined;
      return expectAnswer(exchange, 'its first decision', ...(over ? ['410', '404'] : ['204', '404']));
    }
    const same = attempt.decision.outcome === outcome && attempt.decision.user === user;
    if (!same) return expectAnswer(exchange, 'it was decided otherwise', '409 conflict');
    const expected = attempt.decision.reason === reason ? ['204'] : ['204', '409 conflict'];
    return expectAnswer(exchange, 'the same decision once more', ...expected);
  };

  return (exchange) => {
    const { operation, answer, body } = exchange;
    if (operation.id === 'startPluginLogin' && answer.status === 201) {
      if (attempts.has(body.login_attempt_id)) return 'the same login attempt twice';
      attempts.set(body.login_attempt_id, {
        pollToken: body.poll_token,
        expiresAt: new Date(body.expires_at),
        decision: undefined,
        claimed: false,
      });
    }
    if (answer.status === 400 || answer.status === 401) return undefined;
    if (operation.id === 'pollPluginLogin') return poll(exchange);
    return operation.id === 'completePluginLogin' ? decide(exchange) : undefined;
  };
}
