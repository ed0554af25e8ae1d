import { createResponseFaults } from '../../src/http/response-faults.ts';
import type { FuzzOperation } from './contract.ts';
import type { FuzzAnswer } from './send.ts';

/** Of the connection, not of the answer (RFC 9110, section 6.6.1; RFC 9112). */
const OF_THE_CONNECTION = ['date', 'keep-alive', 'transfer-encoding', 'vary'];

const faultsOf = createResponseFaults();

/** How an answer, as it came over the wire, departs from what the contract declares; undefined: it doesn't. */
export function findDeclarationFault({ id, declared }: FuzzOperation, answer: FuzzAnswer): string | undefined {
  const { status, text } = answer;
  const own = Object.entries(answer.headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  const headers = Object.fromEntries(own);
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return `a ${status} of ${id} whose body is no JSON`;
  }
  const type = String(headers['content-type'] ?? '');
  if (body !== undefined && !/^application\/json(?:;|$)/.test(type)) return `a ${status} of ${id} as '${type}'`;
  const faults = faultsOf(declared, status, body, headers);
  return faults.length === 0 ? undefined : `a ${status} of ${id} against the contract: ${faults.join('; ')}`;
}
