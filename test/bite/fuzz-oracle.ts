import type { PreparedRequest } from '../contract/prepared-request.ts';
import { readFuzzOperations } from '../fuzz/contract.ts';
import { findFault } from '../fuzz/oracle.ts';
import { CREDENTIAL_HEADERS, type FuzzRequest } from '../fuzz/request.ts';
import { judge } from '../fuzz/verdict.ts';
import type { WireAnswer } from './breaks.ts';

const operations = readFuzzOperations();

/**
 * What the fuzzer would find wrong with this answer to that request. Its oracle alone is asked: to wait until random
 * requests come across each broken answer would take too long.
 *
 * @param key of the request, `METHOD /path/{template} status`; for a 401 its credentials count as bad ones.
 */
export function oracleFault(
  key: string,
  { path, headers, body }: PreparedRequest,
  { status, headers: told, text }: WireAnswer,
): string | undefined {
  const [method = '', , meant] = key.split(' ');
  const request: FuzzRequest = {
    method,
    target: path,
    headers: Object.entries(headers),
    body: body === undefined ? undefined : Buffer.from(body),
    wire: undefined,
  };
  const schemes = meant === '401' ? [] : Object.entries(CREDENTIAL_HEADERS);
  const credentials = Object.fromEntries(
    schemes.map(([scheme, header]) => [scheme, header in headers ? [headers[header] as string] : []]),
  );
  const judged = judge(request, { operations, credentials, dictionary: {}, bodies: {}, expendable: [] });
  return findFault(request, judged, { status, headers: told, text });
}
