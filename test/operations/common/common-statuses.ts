import { type DeclaredOperation, OPERATIONS } from './contract.ts';

/** A status that table-driven tests beside this file provoke on every operation that declares it. */
export interface CommonStatus {
  /** The response component that they know; an operation with another one needs a test of its own as well. */
  component: string;
  /** The file of the tests. */
  test: string;
}

export const COMMON_STATUSES: Readonly<Record<string, CommonStatus>> = {
  401: { component: 'Unauthorized', test: 'unauthorized.test.ts' },
  403: { component: 'HttpsRequired', test: 'https-required.test.ts' },
  413: { component: 'PayloadTooLarge', test: 'payload-too-large.test.ts' },
  415: { component: 'UnsupportedMediaType', test: 'unsupported-media-type.test.ts' },
  429: { component: 'RateLimited', test: 'rate-limited.test.ts' },
  500: { component: 'InternalError', test: 'internal-error.test.ts' },
  503: { component: 'ServiceUnavailable', test: 'service-unavailable.test.ts' },
};

/** Whether the table-driven tests say all that the contract says of that status of that operation. */
export function isCommon(operation: DeclaredOperation, status: string): boolean {
  const component = operation.responses[status];
  return component !== undefined && component === COMMON_STATUSES[status]?.component;
}

/** The operations whose table-driven test provokes that status: all that declare it. */
export function operationsWith(status: string): DeclaredOperation[] {
  if (!(status in COMMON_STATUSES)) throw new Error(`${status} is not a common status.`);
  return OPERATIONS.filter((operation) => status in operation.responses);
}
