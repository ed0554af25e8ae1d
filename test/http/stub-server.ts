import { pino } from 'pino';
import { createClientAddress } from '../../src/http/client-address.ts';
import { createContract } from '../../src/http/contract.ts';
import { type ContractDocument, readContractText } from '../../src/http/contract-document.ts';
import type { Handlers } from '../../src/http/operation-types.ts';
import { createPublicApp } from '../../src/http/public-app.ts';
import { createMemoryRateLimiter } from '../../src/http/rate-limiter.ts';
import { createResponseFaults } from '../../src/http/response-faults.ts';
import { createRunner } from '../../src/http/run-operation.ts';
import type { SecurityVerifiers } from '../../src/http/security.ts';
import { startServer } from '../../src/http/server.ts';
import { createUserLimits } from '../../src/http/user-limits.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { OPERATIONS } from '../operations/common/contract.ts';

/** What a stubbed handler answers with; nothing of it is checked by the compiler. */
export interface StubAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface StubServer {
  url: string;
  /** What the next call of any operation answers with, or fails with. */
  answer: StubAnswer | Error;
  metrics: ReturnType<typeof createMetrics>;
  logLines: string[];
  stop(): Promise<void>;
}

/** The whole public server on a contract, except that everybody is let in and that handlers answer whatever a test says. */
export async function startStubServer(
  enforceResponses: boolean,
  document = JSON.parse(readContractText()) as ContractDocument,
): Promise<StubServer> {
  const metrics = createMetrics();
  const logLines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) });
  const limiter = createMemoryRateLimiter(0);
  const limits = createUserLimits(limiter);
  const handler = async () => {
    if (stub.answer instanceof Error) throw stub.answer;
    return stub.answer;
  };
  const handlers = Object.fromEntries(
    OPERATIONS.map(({ operationId }) => [operationId, handler]),
  ) as unknown as Handlers;
  const letIn = async () => true;
  const contract = await createContract({
    document,
    handlers,
    security: {
      bearerAuth: letIn,
      relayAuth: letIn,
      pluginLoginAuth: letIn,
      webhookSignature: letIn,
    } as unknown as SecurityVerifiers,
    minClientVersion: undefined,
    limits,
    run: createRunner({ handlers, limiter, limits, knowsKey: async () => false, changed: () => {} }),
  });
  const app = createPublicApp({
    contract,
    globalLimits: document['x-rate-limit'],
    limiter,
    pages: (_ctx, next) => next(),
    clientAddress: createClientAddress([]),
    clientCountry: () => null,
    draining: new AbortController().signal,
    responseFaults: createResponseFaults(),
    enforce: enforceResponses,
    logger,
    metrics,
  });
  const server = await startServer(app.callback(), { host: '127.0.0.1', port: 0 });
  const stub: StubServer = {
    url: server.url,
    answer: { status: 500 },
    metrics,
    logLines,
    stop: () => server.drain(0),
  };
  return stub;
}
