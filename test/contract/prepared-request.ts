/** A request that gets a certain answer, ready to be sent. */
export interface PreparedRequest {
  /** Scheme, host and port of the server that gives this answer; default: the one that the run is about. */
  server?: string;
  /** With the base path and the query. */
  path: string;
  headers: Record<string, string>;
  /** As it goes out, byte for byte in UTF-8. */
  body?: string;
  /** Headers of the same request of another caller, to be sent right before until no more are allowed. */
  usedUpWith?: Record<string, string>;
}

/** By `METHOD /path/{template} status`, the path as the contract writes it. */
export type PreparedRequests = Record<string, PreparedRequest>;

/** What a run against the contract found. */
export interface ContractRun {
  passing: number;
  failing: number;
  /** Transactions that were not tried. */
  skipped: number;
  /** Keys of the prepared requests that got the declared answer. */
  passed: string[];
  /** For each failing one its key, a colon, and all that is wrong. */
  failures: string[];
}

/** The parts of a contract that a run looks at by itself. */
export interface RunDocument {
  paths: Record<string, Record<string, { operationId?: string }>>;
}

/** The contract with that operation alone. @throws Error when it declares no such operation. */
export function onlyOperation<T extends RunDocument>(contract: T, operationId: string): T {
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation.operationId === operationId) return { ...contract, paths: { [path]: { [method]: operation } } };
    }
  }
  throw new Error(`The contract declares no operation ${operationId}.`);
}

/** Those of the prepared requests that belong to the operations of this contract. */
export function requestsOf({ paths }: RunDocument, requests: PreparedRequests): PreparedRequests {
  const ours = Object.entries(requests).filter(([key]) => {
    const [method = '', path = ''] = key.split(' ');
    return paths[path]?.[method.toLowerCase()] !== undefined;
  });
  return Object.fromEntries(ours);
}

const FIRST_ERROR = 400;

/** The status that the request with this key gets. */
export function statusOf(key: string): number {
  return Number(key.split(' ')[2]);
}

/** Whether that is none of an error. */
export function isSuccess(key: string): boolean {
  return statusOf(key) < FIRST_ERROR;
}
