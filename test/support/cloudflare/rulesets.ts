import { Refusal } from './envelope.ts';

/** An origin rule as the API shows it. */
export interface OriginRule {
  /** 32 hexadecimal digits. */
  id: string;
  action: 'route';
  action_parameters: { origin: { host?: string; port?: number } };
  expression: string;
  description?: string;
  enabled?: boolean;
}

/** The ruleset of a zone in the phase http_request_origin. */
export interface RulesetStore {
  id: string;
  rules: OriginRule[];
}

const PATHS = /^\/rulesets\/(?:phases\/http_request_origin\/entrypoint|([^/]+)\/rules\/([^/]+))$/;

/**
 * The vendor's calls for origin rules: the entry point of their phase, and a change of one rule, which needs all of it.
 * Source: https://developers.cloudflare.com/ruleset-engine/rulesets-api/update-rule.
 *
 * @param path below the zone.
 * @returns undefined for a path of something else.
 * @throws Refusal
 */
export function callRulesets(store: RulesetStore, method: string, path: string, body: unknown): object | undefined {
  const match = PATHS.exec(path);
  if (!match) return undefined;
  const [, ruleset, id] = match;
  const whole = () => ({ id: store.id, kind: 'zone', phase: 'http_request_origin', rules: store.rules });
  if (id === undefined && method === 'GET') return whole();
  if (id === undefined || method !== 'PATCH') throw new Refusal(405, 10405, 'Method not allowed');
  const place = ruleset === store.id ? store.rules.findIndex((rule) => rule.id === id) : -1;
  if (place < 0) throw new Refusal(404, 20110, 'could not find rule');
  const { action, action_parameters, expression } = (body ?? {}) as Partial<OriginRule>;
  const port = action_parameters?.origin?.port;
  const isGood = action === 'route' && expression && (port === undefined || (port >= 1 && port <= 65_535));
  if (!isGood) throw new Refusal(400, 20021, 'invalid rule');
  store.rules[place] = { ...(body as OriginRule), id };
  return whole();
}
