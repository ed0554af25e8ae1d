import type { Exchange, Law } from './law.ts';
import type { SessionModel } from './sessions.ts';

// biome-ignore lint/suspicious/noExplicitAny: an account as the contract tells it.
type Told = any;

/** What the account tells at a glance agrees with itself and with what was told before. */
export function accountLaw(sessions: SessionModel): Law {
  const check = ({ user }: Exchange, account: Told): string | undefined => {
    const { entitlement, active_sessions: live, active_relay: newest, stream_slots: slots } = account;
    if (entitlement.active_managed_conns !== live.length) return 'another number of live relays than are listed';
    if ((newest?.session_id ?? undefined) !== live[0]?.session_id) return 'the newest relay is not the first listed';
    if (new Set(live.map(({ connection_id }: Told) => connection_id)).size !== live.length) {
      return 'two live sessions of one connection';
    }
    for (const { session_id: id, status } of live) {
      const known = sessions.find(id);
      if (known?.user !== user) return 'a live session that is not the own one';
      if (known.ended || status === 'stopped') return 'a stopped session among the live ones';
    }
    if (slots.length !== entitlement.max_concurrent_conns) return `${slots.length} slots for another number of relays`;
    return undefined;
  };

  return (exchange) => {
    const { answer, body } = exchange;
    return answer.status === 200 && body?.entitlement ? check(exchange, body) : undefined;
  };
}

/** The time that was used adds up, and never falls within a cycle. */
export function usageLaw(): Law {
  const used = new Map<string, number>();

  const check = ({ user }: Exchange, usage: Told): string | undefined => {
    const { included_seconds: included, consumed_seconds: consumed } = usage;
    if (consumed < 0) return 'less than nothing was used';
    if ('remaining_seconds' in usage) {
      const remaining = included === null ? null : Math.max(0, included - consumed);
      const overage = included === null ? 0 : Math.max(0, consumed - included);
      if (usage.remaining_seconds !== remaining) return `${usage.remaining_seconds} s remain of ${included}`;
      if (usage.overage_seconds !== overage) return `${usage.overage_seconds} s beyond ${included}`;
    }
    if (usage.cycle_start === undefined) return undefined;
    const key = `${user} ${usage.cycle_start} ${usage.cycle_end}`;
    const before = used.get(key) ?? 0;
    used.set(key, consumed);
    return consumed < before ? `${consumed} s were used, after ${before} s in the same cycle` : undefined;
  };

  return (exchange) => {
    const { operation, answer, body, fields } = exchange;
    if (answer.status !== 200) return undefined;
    if (body?.usage && body.entitlement) return check(exchange, body.usage);
    if (operation.id === 'getCurrentUsage') return check(exchange, body);
    if (operation.id !== 'listUsageSessions') return undefined;
    // A further page tells of the instant of the first one.
    return (fields.cursor === undefined ? check(exchange, body) : undefined) ?? findWrongSum(body.sessions);
  };
}

function findWrongSum(sessions: Told[]): string | undefined {
  for (const { session_id: id, consumed_seconds: consumed, intervals, adjustments } of sessions) {
    for (const { started_at, ended_at, seconds } of intervals) {
      if (Date.parse(ended_at) - Date.parse(started_at) !== seconds * 1000)
        return `an interval of ${id} is not ${seconds} s`;
    }
    const sum = [...intervals, ...adjustments].reduce((total: number, { seconds }: Told) => total + seconds, 0);
    if (sum !== consumed) return `${id} used ${consumed} s, its parts add up to ${sum}`;
  }
  return undefined;
}
