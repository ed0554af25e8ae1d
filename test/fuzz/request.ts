import fc from 'fast-check';
import { signatureOf } from '../support/webhooks.ts';
import { brokenBytes, brokenValue, hostileText } from './broken-values.ts';
import { BASE_PATH, type FuzzOperation, type FuzzParameter } from './contract.ts';
import { type Dictionary, validValue } from './valid-values.ts';
import { BAD_CREDENTIALS, EXTRA_HEADERS, JSON_TYPES, METHODS, OTHER_TYPES, PATHS, QUERY_PARTS } from './vocabulary.ts';
import { type WireFault, wireFault } from './wire.ts';

/** A request as it goes out. */
export interface FuzzRequest {
  method: string;
  /** With the query, as it stands in the request line. */
  target: string;
  headers: [name: string, value: string][];
  body: Buffer | undefined;
  /** Set: what is wrong with it as HTTP. */
  wire: WireFault | undefined;
}

/** What requests are made of at present. */
export interface Material {
  operations: FuzzOperation[];
  /** Values for fields, by their names. */
  dictionary: Dictionary;
  /** Bodies that lead somewhere, by operation. */
  bodies: Record<string, unknown[]>;
  /** Good credentials, by security scheme: values of the header that the scheme reads. None for signatures. */
  credentials: Record<string, string[]>;
  /** Those of `credentials` that may be used to sign out. */
  expendable: string[];
}

/** The header that carries a scheme's credentials. */
export const CREDENTIAL_HEADERS: Record<string, string> = {
  bearerAuth: 'Authorization',
  relayAuth: 'X-Relay-Auth',
  pluginLoginAuth: 'X-Plugin-Login-Auth',
  webhookSignature: 'X-Signature',
};

/** Security schemes whose credentials follow from what is sent. */
export const SIGNATURES: Record<string, (body: Buffer) => string> = { webhookSignature: signatureOf };

/** Requests of all kinds, from good ones to such that are no HTTP. */
export function fuzzRequest(material: Material): fc.Arbitrary<FuzzRequest> {
  const operation = fc.constantFrom(...material.operations);
  const good = operation.chain((op) => operationRequest(material, op, false));
  const bad = operation.chain((op) => operationRequest(material, op, true));
  const astray = fc
    .record({ request: bad, path: fc.constantFrom(...PATHS), method: fc.constantFrom(...METHODS), how: fc.nat(2) })
    .map(({ request, path, method, how }) => ({
      ...request,
      ...(how > 0 ? { target: `${BASE_PATH}${path}` } : {}),
      ...(how < 2 ? { method, body: method === 'TRACE' ? undefined : request.body } : {}),
    }));
  const wire = fc
    .record({ request: good, fault: wireFault })
    .map(({ request, fault }) => ({ ...request, wire: fault }));
  return fc.oneof(
    { weight: 9, arbitrary: good },
    { weight: 9, arbitrary: bad },
    { weight: 2, arbitrary: astray },
    { weight: 1, arbitrary: wire },
  );
}

function operationRequest(material: Material, op: FuzzOperation, broken: boolean): fc.Arbitrary<FuzzRequest> {
  const values = op.parameters.map((parameter) => parameterValue(parameter, material.dictionary, broken));
  const extras = fc.array(fc.constantFrom(...EXTRA_HEADERS), { maxLength: broken ? 3 : 1 });
  return fc
    .record({
      values: fc.tuple(...values),
      credentials: credentialHeaders(material, op, broken),
      body: bodyBytes(material, op, broken),
      type: broken ? fc.oneof(rarely(fc.constantFrom(...OTHER_TYPES)), jsonType) : jsonType,
      extras: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: extras }),
      query: broken ? fc.array(fc.constantFrom(...QUERY_PARTS), { maxLength: 1 }) : fc.constant([]),
    })
    .map(({ values: given, credentials, body, type, extras: others, query }) => {
      const filled = op.parameters.map((parameter, index) => ({ ...parameter, value: given[index] }));
      const sent = filled.filter(({ value }) => value !== undefined);
      const pairs = sent.filter((parameter) => parameter.in === 'query');
      const search = [...pairs.map(({ name, value }) => `${name}=${encode(String(value))}`), ...query].join('&');
      const inPath = (path: string, { name, value }: { name: string; value?: unknown }) =>
        path.replace(`{${name}}`, () => encode(String(value ?? '')) || '%20');
      const path = filled.filter((parameter) => parameter.in === 'path').reduce(inPath, op.path);
      const inHeaders = sent.filter((parameter) => parameter.in === 'header');
      return {
        method: op.method,
        target: `${BASE_PATH}${path}${search === '' ? '' : `?${search}`}`,
        headers: unique([
          ...inHeaders.map(({ name, value }): [string, string] => [name, toHeader(String(value))]),
          ...credentials(body ?? Buffer.alloc(0)),
          ...(body === undefined || type === '' ? [] : [['Content-Type', type] as [string, string]]),
          ...others,
        ]),
        body,
        wire: undefined,
      };
    });
}

const jsonType = fc.constantFrom(...JSON_TYPES);

function rarely<T>(arbitrary: fc.Arbitrary<T>): { weight: number; arbitrary: fc.Arbitrary<T> } {
  return { weight: 1, arbitrary };
}

/** Undefined: the parameter is left out. */
function parameterValue({ name, required, schema }: FuzzParameter, dictionary: Dictionary, broken: boolean) {
  // A request may not be held for longer than the fuzzer waits.
  const limited = name === 'wait_seconds' ? { ...schema, maximum: 1 } : schema;
  const valid = validValue(limited, dictionary, name);
  const good = required ? valid : fc.option(valid, { nil: undefined });
  if (!broken) return good;
  const odd = fc.oneof(
    hostileText,
    fc.constantFrom('1e1', ' 1', '0x1', '-0', '26', '1,2', '٣'),
    fc.constant(undefined),
  );
  return fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: odd });
}

/** Headers with credentials for a body. */
type Credentials = (body: Buffer) => [string, string][];

function credentialHeaders(material: Material, op: FuzzOperation, broken: boolean): fc.Arbitrary<Credentials> {
  const each = op.schemes.map((scheme) => {
    const name = CREDENTIAL_HEADERS[scheme] as string;
    const good = goodCredential(material, op, scheme);
    const tampered = good.map((value) => (body: Buffer) => `${value(body).slice(0, -3)}AAA`);
    const ofOthers = good.map((value) => (body: Buffer) => value(Buffer.concat([body, Buffer.from(' ')])));
    const made = fc.constantFrom(undefined, ...BAD_CREDENTIALS).map((text) => () => text);
    const bad = scheme in SIGNATURES ? fc.oneof(made, tampered, ofOthers) : fc.oneof(made, tampered);
    const value = fc.oneof({ weight: broken ? 6 : 20, arbitrary: good }, { weight: 1, arbitrary: bad });
    return value.map(
      (header): Credentials =>
        (body) => {
          const text = header(body);
          return text === undefined ? [] : [[name, text]];
        },
    );
  });
  const all = fc.tuple(...each).map(
    (headers): Credentials =>
      (body) =>
        headers.flatMap((header) => header(body)),
  );
  // Of alternatives mostly one.
  return op.schemes.length < 2 ? all : fc.oneof(all, ...each);
}

function goodCredential(material: Material, op: FuzzOperation, scheme: string): fc.Arbitrary<(body: Buffer) => string> {
  const sign = SIGNATURES[scheme];
  if (sign) return fc.constant(sign);
  const all = material.credentials[scheme] as string[];
  return fc.constantFrom(...(op.id === 'logout' ? material.expendable : all)).map((value) => () => value);
}

function bodyBytes(material: Material, op: FuzzOperation, broken: boolean): fc.Arbitrary<Buffer | undefined> {
  const toBytes = (value: unknown) => Buffer.from(JSON.stringify(value));
  if (!op.body) return fc.constant(undefined);
  const made = validValue(op.body.schema, material.dictionary);
  const known = material.bodies[op.id] ?? [];
  const valid = known.length === 0 ? made : fc.oneof(made, fc.constantFrom(...known));
  if (!broken) return valid.map(toBytes);
  return fc.oneof(
    { weight: 3, arbitrary: valid.map(toBytes) },
    { weight: 8, arbitrary: brokenValue(valid).map((value) => toBytes(value) ?? Buffer.from('')) },
    { weight: 2, arbitrary: brokenBytes(valid) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** Percent-encoded, lone surrogates and all. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** What a header can hold: Latin-1 without control characters, not too long. */
function toHeader(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 2000);
}

/** Of headers with one name the last. */
function unique(headers: [string, string][]): [string, string][] {
  return [...new Map(headers.map((header) => [header[0].toLowerCase(), header])).values()];
}
