import { type DeclaredOperation, OPERATIONS } from './contract.ts';

/**
 * The statuses that the table-driven tests beside this file provoke, each with the response component that they know.
 * An operation that answers one of them with a component of its own needs a test of its own for it.
 */
export const COMMON_STATUSES: Readonly<Record<string, string>> = {
  401: 'Unauthorized',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  429: 'RateLimited',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** Whether the table-driven tests cover that status of that operation. */
export function isCommon(operation: DeclaredOperation, status: string): boolean {
  const component = operation.responses[status];
  return component !== undefined && component === COMMON_STATUSES[status];
}

/** The operations whose table-driven test provokes that status: all that declare it. */
export function operationsWith(status: string): DeclaredOperation[] {
  if (!(status in COMMON_STATUSES)) throw new Error(`${status} is not a common status.`);
  return OPERATIONS.filter((operation) => status in operation.responses);
}
