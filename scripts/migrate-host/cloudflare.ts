import { createCloudflareCalls } from '../../src/features/relay/cloudflare-call.ts';
import type { MoveConfig } from './config.ts';
import { MoveError } from './move-error.ts';

/** Where the API's name leads at present. */
export interface Route {
  /** Of the A record. */
  address: string;
  proxied: boolean;
  /** Seconds; 1: Cloudflare's own, as for everything proxied. */
  ttl: number;
  /** Of the origin rule; undefined where none is configured. */
  port: number | undefined;
}

export interface RouteClient {
  read(): Promise<Route>;
  /** Leads the name to this address and port: the rule first, then the record. */
  lead(address: string, port: number): Promise<void>;
  /** How long resolvers keep the address; has no meaning for what is proxied. */
  setTtl(ttl: number): Promise<void>;
}

interface DnsRecord {
  id: string;
  type: string;
  name: string;
  content: string;
  ttl: number;
  proxied: boolean;
}
interface Rule {
  id: string;
  action: string;
  action_parameters?: { origin?: { port?: number } };
  expression: string;
  description?: string;
  enabled?: boolean;
}

/**
 * The A record and the origin rule of a move. Sources: https://developers.cloudflare.com/api/resources/dns/subresources/records
 * and https://developers.cloudflare.com/ruleset-engine/rulesets-api/update-rule.
 */
export function createRouteClient({ cloudflare, apiHost }: Pick<MoveConfig, 'cloudflare' | 'apiHost'>): RouteClient {
  const { zoneId, originRuleId } = cloudflare;
  const call = createCloudflareCalls(cloudflare)();
  const zone = `/zones/${zoneId}`;

  async function findRecord(): Promise<DnsRecord> {
    const query = new URLSearchParams({ type: 'A', 'name.exact': apiHost, per_page: '100' });
    const all = (await call('GET', `${zone}/dns_records?${query}`)) as DnsRecord[];
    const [record, ...others] = all.filter(({ type, name }) => type === 'A' && name === apiHost);
    if (record && others.length === 0) return record;
    throw new MoveError(
      `${apiHost} has ${others.length + (record ? 1 : 0)} A records at Cloudflare; a move needs exactly one.`,
    );
  }

  async function findRule(): Promise<{ ruleset: string; rule: Rule } | undefined> {
    if (originRuleId === undefined) return undefined;
    const set = await call('GET', `${zone}/rulesets/phases/http_request_origin/entrypoint`);
    const { id: ruleset, rules = [] } = set as { id: string; rules?: Rule[] };
    const rule = rules.find(({ id }) => id === originRuleId);
    if (rule) return { ruleset, rule };
    throw new MoveError(`There is no origin rule ${originRuleId}. There are: ${rules.map(({ id }) => id).join(', ')}`);
  }

  return {
    async read() {
      const [{ content, proxied, ttl }, found] = [await findRecord(), await findRule()];
      return { address: content, proxied, ttl, port: found?.rule.action_parameters?.origin?.port };
    },
    async lead(address, port) {
      const found = await findRule();
      if (found && found.rule.action_parameters?.origin?.port !== port) {
        const { action, action_parameters: before, expression, description, enabled } = found.rule;
        const parameters = { ...before, origin: { ...before?.origin, port } };
        const rule = { action, action_parameters: parameters, expression, description, enabled };
        await call('PATCH', `${zone}/rulesets/${found.ruleset}/rules/${found.rule.id}`, rule);
      }
      const record = await findRecord();
      if (record.content !== address) await call('PATCH', `${zone}/dns_records/${record.id}`, { content: address });
    },
    async setTtl(ttl) {
      await call('PATCH', `${zone}/dns_records/${(await findRecord()).id}`, { ttl });
    },
  };
}
