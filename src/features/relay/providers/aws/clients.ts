import { EC2Client } from '@aws-sdk/client-ec2';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { AdaptiveRetryStrategy, DefaultRateLimiter } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { isVain } from './errors.ts';

/** How AWS is reached. */
export interface AwsAccess {
  /** Of every service; undefined: AWS's own. */
  endpointUrl: string | undefined;
  /** Undefined: wherever the SDK finds some, such as the role of the instance that we run on. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
  /** Longest that one try of a call may take, in milliseconds. */
  requestLimitMs?: number;
}

/** The SDK's clients, one of each kind for a region, made when first needed. */
export interface AwsClients {
  ec2(region: string): EC2Client;
  quotas(region: string): ServiceQuotasClient;
  /** Ends their connections; calls made later fail. */
  close(): void;
}

const CONNECTION_LIMIT_MS = 3_000;
const REQUEST_LIMIT_MS = 10_000;
const MOST_ATTEMPTS = 4;
const MOST_SOCKETS = 100;
/**
 * How far throttling slows a region's calls down at most, in calls per second. The SDK would go down to one in two
 * seconds, at once: after a burst that is throttled before its rate was measured, launches would wait for minutes.
 */
const SLOWEST_RATE = 20;

/** Nothing is sent before the first call. */
export function createClients({ endpointUrl, credentials, requestLimitMs = REQUEST_LIMIT_MS }: AwsAccess): AwsClients {
  const ec2Clients = new Map<string, EC2Client>();
  const quotaClients = new Map<string, ServiceQuotasClient>();

  const settingsFor = (region: string) => ({
    region,
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
    ...(credentials && { credentials }),
    retryStrategy: createRetryStrategy(),
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_LIMIT_MS,
      requestTimeout: requestLimitMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MOST_SOCKETS },
    }),
  });

  function ec2(region: string): EC2Client {
    let client = ec2Clients.get(region);
    if (!client) {
      client = new EC2Client(settingsFor(region));
      ec2Clients.set(region, client);
    }
    return client;
  }

  function quotas(region: string): ServiceQuotasClient {
    let client = quotaClients.get(region);
    if (!client) {
      client = new ServiceQuotasClient(settingsFor(region));
      quotaClients.set(region, client);
    }
    return client;
  }

  return {
    ec2,
    quotas,
    close() {
      for (const client of [...ec2Clients.values(), ...quotaClients.values()]) client.destroy();
    },
  };
}

/** The SDK's adaptive retries, but for what is in vain to ask again: EC2 tells a lack of room with status 500. */
function createRetryStrategy() {
  const rateLimiter = new DefaultRateLimiter({ minFillRate: SLOWEST_RATE, minCapacity: SLOWEST_RATE });
  const adaptive = new AdaptiveRetryStrategy(MOST_ATTEMPTS, { maxAttempts: MOST_ATTEMPTS, rateLimiter });
  const retryUnlessVain: typeof adaptive.refreshRetryTokenForRetry = async (token, fault) => {
    if (isVain(fault.error)) throw fault.error;
    return adaptive.refreshRetryTokenForRetry(token, fault);
  };
  return {
    mode: adaptive.mode,
    acquireInitialRetryToken: (scope: string) => adaptive.acquireInitialRetryToken(scope),
    refreshRetryTokenForRetry: retryUnlessVain,
    recordSuccess: (token: Parameters<typeof adaptive.recordSuccess>[0]) => adaptive.recordSuccess(token),
  };
}
