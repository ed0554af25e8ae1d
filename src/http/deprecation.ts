import type { ContractOperation } from './contract-document.ts';

/**
 * The headers that tell callers of a deprecated operation since when it is (RFC 9745), when it ends (RFC 8594) and where
 * to read on; none for any other operation. The contract's days begin at midnight in UTC.
 *
 * @throws Error when a deprecated operation lacks a day, or has one that is none.
 */
export function deprecationHeaders(operation: ContractOperation): Record<string, string> {
  if (!operation.deprecated) return {};
  const link = operation['x-deprecation-link'];
  return {
    Deprecation: `@${readDay(operation, 'x-deprecated-at').getTime() / 1000}`,
    Sunset: readDay(operation, 'x-sunset').toUTCString(),
    ...(link === undefined ? {} : { Link: `<${link}>; rel="deprecation"` }),
  };
}

function readDay(operation: ContractOperation, name: 'x-deprecated-at' | 'x-sunset'): Date {
  const day = new Date(`${operation[name]}T00:00:00Z`);
  if (Number.isNaN(day.getTime()))
    throw new Error(`${operation.operationId} is deprecated, but its ${name} is no day.`);
  return day;
}
