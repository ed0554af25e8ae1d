import { randomUUID } from 'node:crypto';
import type { SignedIn } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { TEST_SECRETS } from '../../support/test-app.ts';
import { signatureOf } from '../../support/webhooks.ts';
import type { DeclaredOperation } from './contract.ts';

/** A request to an operation, its path below `/api/v1`. */
export interface ExampleRequest {
  method: string;
  path: string;
  /** The required ones and the credentials; no content type. A signature is that of `body`, and of no other. */
  headers: Record<string, string>;
  /** What goes out, byte for byte. */
  body: Bytes;
}

type Bytes = string | Uint8Array | undefined;
type Credentials = Pick<SignedIn, 'token' | 'refreshToken'>;

/**
 * The request that the contract gives as its example, with good credentials. What it names need not exist; only the
 * refresh token is a real one, because a forged one is refused before anything is looked up.
 *
 * @param body what is sent in place of the example's: some credentials sign it.
 */
export function exampleRequest(
  operation: DeclaredOperation,
  credentials: Credentials,
  body: Bytes = toText(exampleBody(operation, credentials)),
): ExampleRequest {
  return {
    method: operation.method,
    path: operation.path.replace(/\{(\w+)\}/g, (_, name: string) => String(exampleOf(operation, name))),
    headers: { ...requiredHeaders(operation), ...credentialHeaders(operation, credentials, body ?? '') },
    body,
  };
}

/** The example's body; undefined where the operation takes none. */
export function exampleBody(
  operation: DeclaredOperation,
  { refreshToken }: Credentials,
): Record<string, unknown> | undefined {
  return operation.operationId === 'refreshAuth' ? { refresh_token: refreshToken } : operation.body?.example;
}

/** The same, sent. */
export function sendExample(
  app: { url: string },
  operation: DeclaredOperation,
  credentials: Credentials,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const request = exampleRequest(operation, credentials);
  return call(app, request.method, request.path, { body: request.body, headers: { ...request.headers, ...headers } });
}

/** A new key each time: one that was seen before would be a replay. */
function requiredHeaders(operation: DeclaredOperation): Record<string, string> {
  const required = operation.parameters.filter((parameter) => parameter.in === 'header' && parameter.required);
  return Object.fromEntries(
    required.map(({ name, example }) => [name, name === 'Idempotency-Key' ? randomUUID() : String(example)]),
  );
}

function credentialHeaders(
  operation: DeclaredOperation,
  { token }: Credentials,
  body: string | Uint8Array,
): Record<string, string> {
  const schemes = operation.security.flat();
  if (schemes.includes('bearerAuth')) return { Authorization: `Bearer ${token}` };
  if (schemes.includes('pluginLoginAuth')) return { 'X-Plugin-Login-Auth': TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY };
  if (schemes.includes('webhookSignature')) return { 'X-Signature': signatureOf(body) };
  if (schemes.length > 0) throw new Error(`The tests have no credentials for ${operation.operationId}.`);
  return {};
}

function exampleOf(operation: DeclaredOperation, name: string): unknown {
  return operation.parameters.find((parameter) => parameter.name === name)?.example;
}

function toText(body: Record<string, unknown> | undefined): string | undefined {
  return body && JSON.stringify(body);
}
