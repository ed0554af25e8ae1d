import { API_ROOT } from '../../src/http/contract-document.ts';
import { signInNewUser } from '../support/factories.ts';
import type { Shop } from '../support/shop.ts';
import { TEST_SECRETS } from '../support/test-app.ts';
import { signatureOf } from '../support/webhooks.ts';
import { prepareCheckouts, prepareLogins, prepareRelays, prepareSlots } from './dredd-states.ts';
import { credentials, exampleRequest, type OperationUnderTest, readOperations } from './operations.ts';
import type { PreparedRequest, PreparedRequests } from './prepared-request.ts';

/** What is special about a request; the rest is made of the contract's examples. */
export interface Special {
  /** Scheme, host and port, where the application in its usual state doesn't give the answer. */
  server?: string;
  /** Below `/api/v1`. */
  path?: string;
  /** Without one the caller is a user of no interest. */
  token?: string;
  headers?: Record<string, string>;
  /** Text goes out as it is. */
  body?: unknown;
}

/** By operation and status. */
export type Scenarios = Record<string, Record<number, Special>>;

/** Applications in a state in which every operation gives the same answer: their addresses by that status. */
export type TroubledServers = Partial<Record<number, string>>;

/** One byte more than the server reads of a body. */
const TOO_MANY_BYTES = 1_048_577;

/**
 * Brings the application into the states that the operations need.
 *
 * @param troubled where to get the answers that this application doesn't give.
 * @returns a request for each declared answer, except for those that only a troubled server gives and that has none.
 */
export async function prepareRequests(shop: Shop, troubled: TroubledServers = {}): Promise<PreparedRequests> {
  const { app } = shop;
  // First of all: it moves the clock.
  const logins = await prepareLogins(app);
  const [relays, checkouts] = await Promise.all([prepareRelays(app), prepareCheckouts(shop)]);
  const scenarios: Scenarios = {
    ...logins,
    ...relays,
    ...prepareSlots(),
    ...checkouts,
    receiveBillingWebhook: { 200: {} },
    getCapacityStatus: { 200: {} },
  };
  const { token } = await signInNewUser(app);
  const requests = readOperations().flatMap((operation) => {
    const own = scenarios[operation.operationId] ?? {};
    const specials = { ...refusals(operation), ...troubles(operation, troubled, own), ...own };
    return Object.entries(specials).map(([status, special]) => {
      const key = `${operation.method} ${operation.path} ${status}`;
      return [key, toRequest(operation, status === '401' ? special : { token, ...special }, status !== '401')] as const;
    });
  });
  return Object.fromEntries(requests);
}

/** What every operation refuses, as far as it declares so. */
function refusals({ responses, body, rawBody, schemes }: OperationUnderTest): Record<number, Special> {
  const known = new Map<number, Special>([
    // Of a proxy that is trusted.
    [403, { headers: { 'X-Forwarded-Proto': 'http' } }],
    [426, { headers: { 'X-Telemy-Client-Version': '0.0.4' } }],
  ]);
  if (schemes.length > 0) known.set(401, {});
  if (body !== undefined) {
    known.set(400, { body: rawBody ? '' : '[' });
    known.set(413, { body: 'x'.repeat(TOO_MANY_BYTES) });
    known.set(415, { headers: { 'Content-Type': 'text/plain' } });
  }
  const declared = responses.map(({ status }) => status);
  return Object.fromEntries([...known].filter(([status]) => declared.includes(status)));
}

/** What troubled servers answer. Those that cannot do anything get what would succeed elsewhere, which it leaves unused. */
function troubles(
  { responses }: OperationUnderTest,
  troubled: TroubledServers,
  own: Record<number, Special>,
): Record<number, Special> {
  const [success] = responses.filter(({ status }) => status < 300);
  const entries = responses.flatMap(({ status }) => {
    const server = troubled[status];
    if (server === undefined) return [];
    return [[status, { ...(status >= 500 && success ? own[success.status] : {}), server }] as const];
  });
  return Object.fromEntries(entries);
}

function toRequest(operation: OperationUnderTest, special: Special, isLetIn: boolean): PreparedRequest {
  const { path, headers } = exampleRequest(operation);
  const content = special.body ?? operation.body;
  const body = content === undefined || typeof content === 'string' ? content : JSON.stringify(content);
  const secrets: Record<string, string | undefined> = {
    bearerAuth: special.token,
    pluginLoginAuth: TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY,
    webhookSignature: signatureOf(body ?? ''),
  };
  const presented = operation.schemes.map((scheme) => {
    const secret = isLetIn ? secrets[scheme] : undefined;
    return secret === undefined ? {} : credentials(scheme, secret);
  });
  return {
    ...(special.server === undefined ? {} : { server: special.server }),
    path: `${API_ROOT}${special.path ?? path}`,
    headers: Object.assign(
      { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...presented,
      special.headers,
    ),
    ...(body === undefined ? {} : { body }),
  };
}
