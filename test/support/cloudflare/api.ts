import type { VendorAnswer, VendorCall } from '../vendor-server/server.ts';
import { fail, Refusal, succeed } from './envelope.ts';
import { readRecordInput } from './record-input.ts';
import { listRecords } from './record-list.ts';
import type { RecordStore } from './records.ts';
import { callRulesets, type RulesetStore } from './rulesets.ts';

/** Where the API lies on its host. */
export const API_ROOT = '/client/v4';

/** The zone that there is and the token that may change it. */
export interface Zone {
  id: string;
  /** Undefined: any name counts as one of the zone. */
  name: string | undefined;
  token: string;
}

const ROUTE = new RegExp(`^${API_ROOT}/zones/([^/]+)(/dns_records(?:/([^/]+))?|/rulesets/.+)$`);

/**
 * The vendor's calls for DNS records, as far as type A goes, and for origin rules.
 * Source: https://developers.cloudflare.com/api/resources/dns/subresources/records.
 */
export function createApi(
  zone: Zone,
  records: RecordStore,
  rulesets: RulesetStore,
): (call: VendorCall) => VendorAnswer {
  function authorize(authorization: string | undefined): void {
    if (authorization === undefined) {
      throw new Refusal(400, 9106, 'Missing X-Auth-Key, X-Auth-Email or Authorization headers');
    }
    if (!/^Bearer \S+$/.test(authorization)) {
      const chain = { code: 6111, message: 'Invalid format for Authorization header' };
      throw new Refusal(400, 6003, 'Invalid request headers', chain);
    }
    if (authorization !== `Bearer ${zone.token}`) throw new Refusal(403, 9109, 'Invalid access token');
  }

  function answer(call: VendorCall): VendorAnswer {
    const { method, path, query, headers, body } = call;
    authorize(headers.authorization);
    const [, zoneId, below = '', id] = ROUTE.exec(path) ?? [];
    if (zoneId === undefined || (zoneId !== zone.id && !/^[0-9a-f]{32}$/.test(zoneId))) {
      throw new Refusal(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);
    }
    // A zone of someone else looks no different from one that isn't there.
    if (zoneId !== zone.id) throw new Refusal(403, 10000, 'Authentication error');
    const changed = callRulesets(rulesets, method, below, body);
    if (changed) return succeed(changed);
    if (!below.startsWith('/dns_records')) throw new Refusal(404, 7003, `Could not route to ${path}`);
    switch (`${method} ${id === undefined ? 'list' : 'record'}`) {
      case 'GET list': {
        const { page, info } = listRecords(records.list(), query);
        return succeed(page, info);
      }
      case 'POST list':
        return succeed(records.create(readRecordInput(body, zone.name)));
      case 'GET record':
        return succeed(records.find(id ?? ''));
      case 'PUT record':
        records.find(id ?? '');
        return succeed(records.change(id ?? '', readRecordInput(body, zone.name)));
      case 'PATCH record':
        return succeed(records.change(id ?? '', readRecordInput(body, zone.name, records.find(id ?? ''))));
      case 'DELETE record':
        records.remove(id ?? '');
        return succeed({ id });
      default:
        throw new Refusal(405, 10405, 'Method not allowed for this authentication scheme');
    }
  }

  return (call) => {
    try {
      return answer(call);
    } catch (error) {
      if (error instanceof Refusal) return fail(error);
      throw error;
    }
  };
}
