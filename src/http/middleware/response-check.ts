import type { Middleware } from 'koa';
import type { Logger } from '../../observability/logger.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { errors } from '../errors.ts';
import type { ApiContext } from '../request-state.ts';
import type { ResponseFaults } from '../response-faults.ts';
import { errorBody } from './error-envelope.ts';

export interface ResponseCheckOptions {
  responseFaults: ResponseFaults;
  /** Whether an answer that breaks the contract becomes a 500 (tests, development) or is only counted (production). */
  enforce: boolean;
  metrics: Metrics;
  logger: Logger;
}

/** What our own machinery sets on every answer; a broken one keeps these and no others. */
const KEPT =
  /^(?:x-request-id|x-ratelimit-.*|access-control-.*|x-content-type-options|cache-control|content-security-policy|referrer-policy|connection)$/;

/** Holds every answer of an operation, errors included, against what the contract declares. */
export function responseCheck({ responseFaults, enforce, metrics, logger }: ResponseCheckOptions): Middleware {
  metrics.contractEnforced.set(enforce ? 1 : 0);
  return async (plain, next) => {
    const ctx = plain as ApiContext;
    await next();
    const { operation, requestId } = ctx.state;
    if (!operation) return;
    const { status } = ctx;
    const faults = responseFaults(operation, status, ctx.state.answer ?? ctx.body, ctx.response.headers);
    if (faults.length === 0) return;
    metrics.contractViolations.inc({ operation: operation.operationId });
    const err = new Error(`${operation.operationId} ${status} breaks the contract: ${faults.join('; ')}`);
    logger.error({ request_id: requestId, err }, 'contract_violation');
    if (!enforce) return;
    for (const name of Object.keys(ctx.response.headers)) if (!KEPT.test(name)) ctx.remove(name);
    ctx.status = 500;
    ctx.body = errorBody(errors.internalError(), requestId);
  };
}
