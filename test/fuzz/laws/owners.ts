import type { Law } from './law.ts';

/** Fields whose values are for one user's eyes. */
const PRIVATE =
  /"(?:session_id|refresh_token|cp_access_jwt|poll_token|stream_token|pair_token|relay_ws_token)":"([^"]+)"/g;
/** Operations that tell nothing to users. */
const FOR_NOBODY = ['reportRelayHealth', 'receiveBillingWebhook'];

/** No answer holds what another user was told, unless its request held it already. */
export function ownerLaw(): Law {
  const owners = new Map<string, number>();
  return ({ user, answer, fields, operation }) => {
    const given = new Set(Object.values(fields));
    for (const [, value = ''] of answer.text.matchAll(PRIVATE)) {
      const owner = owners.get(value);
      if (given.has(value) || FOR_NOBODY.includes(operation.id)) continue;
      if (owner !== undefined && owner !== user) return "something of another user's in the answer";
      owners.set(value, user);
    }
    return undefined;
  };
}

/** A stream token is made anew when that is asked for, and was never there before. */
export function streamTokenLaw(): Law {
  const seen = new Set<string>();
  return ({ operation, answer, body }) => {
    if (operation.id === 'regenerateStreamToken' && answer.status === 200 && seen.has(body.stream_token)) {
      return 'a stream token that was there before';
    }
    for (const [, token = ''] of answer.text.matchAll(/"stream_token":"([^"]+)"/g)) seen.add(token);
    return undefined;
  };
}
