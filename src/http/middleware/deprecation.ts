import type { Middleware } from 'koa';
import type { Contract } from '../contract.ts';
import { deprecationHeaders } from '../deprecation.ts';
import type { ApiContext } from '../request-state.ts';

/** Tells callers of deprecated operations so, on every answer, errors included. */
export function deprecation({ operations }: Pick<Contract, 'operations'>): Middleware {
  const deprecated = operations.filter((operation) => operation.deprecated);
  const headers = new Map(deprecated.map((operation) => [operation.operationId, deprecationHeaders(operation)]));
  return (plain, next) => {
    const { operation } = (plain as ApiContext).state;
    const told = operation && headers.get(operation.operationId);
    if (told) plain.set(told);
    return next();
  };
}
