import { BASE_PATH, type FuzzOperation, type FuzzParameter } from './contract.ts';
import { CREDENTIAL_HEADERS, type FuzzRequest, type Material, SIGNATURES } from './request.ts';
import { conforms } from './schema-check.ts';

/** What the contract says of a request. `open`: it leaves room for either. */
export type Verdict = 'inside' | 'outside' | 'open';

export interface Judged {
  /** The operation that the request is for; undefined when there is none. */
  operation: FuzzOperation | undefined;
  verdict: Verdict;
  /** Whether it brings good credentials of a scheme that the operation wants. */
  letIn: boolean;
}

/** Judges a request by the contract, with nothing of the server's code. */
export function judge(request: FuzzRequest, { operations, credentials }: Material): Judged {
  const [path = '', ...search] = request.target.split('?');
  const found = operations
    .filter((operation) => operation.method === request.method)
    .flatMap((operation) => {
      const values = matchPath(operation.path, path);
      return values ? [{ operation, values }] : [];
    })[0];
  if (!found) return { operation: undefined, verdict: 'outside', letIn: false };
  const { operation, values } = found;
  const query = parseQuery(search.join('?'));
  const parts = [
    ...operation.parameters.map((parameter) => judgeParameter(parameter, { request, values, query })),
    judgeBody(operation, request),
  ];
  const letIn =
    operation.schemes.length === 0 ||
    operation.schemes.some((scheme) => {
      const told = headerOf(request, CREDENTIAL_HEADERS[scheme] as string) ?? '';
      const signature = SIGNATURES[scheme]?.(request.body ?? Buffer.alloc(0));
      // Hexadecimal digits are the same in either case.
      return signature === undefined ? credentials[scheme]?.includes(told) : told.toLowerCase() === signature;
    });
  return { operation, verdict: worst([...parts, request.wire === undefined ? 'inside' : 'outside']), letIn };
}

function worst(verdicts: Verdict[]): Verdict {
  if (verdicts.includes('outside')) return 'outside';
  return verdicts.includes('open') ? 'open' : 'inside';
}

/** The values of the template's placeholders, decoded; undefined when the path is another. */
function matchPath(template: string, path: string): Record<string, string> | undefined {
  const pattern = template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const match = new RegExp(`^${BASE_PATH}${pattern}$`).exec(path);
  if (!match) return undefined;
  try {
    const groups = Object.entries(match.groups ?? {});
    return Object.fromEntries(groups.map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    return undefined;
  }
}

function parseQuery(search: string): [name: string, value: string][] {
  const decode = (text: string) => {
    const plain = text.replaceAll('+', ' ');
    try {
      return decodeURIComponent(plain);
    } catch {
      return plain;
    }
  };
  const parts = search.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const [name = '', ...value] = part.split('=');
    return [decode(name), decode(value.join('='))];
  });
}

interface Given {
  request: FuzzRequest;
  values: Record<string, string>;
  query: [string, string][];
}

function judgeParameter(parameter: FuzzParameter, { request, values, query }: Given): Verdict {
  const { name, required, schema } = parameter;
  const told = query.filter(([key]) => key === name);
  if (parameter.in === 'query' && told.length > 1) return 'outside';
  const sources = { path: values[name], header: headerOf(request, name), query: told[0]?.[1] };
  const text = sources[parameter.in];
  // A header without a value says nothing.
  if (text === undefined || (parameter.in === 'header' && text.trim() === '')) return required ? 'outside' : 'inside';
  if (schema.type !== 'integer') return conforms(schema, text) ? 'inside' : 'outside';
  if (!/^-?\d+$/.test(text)) return 'outside';
  if (/^(?:0|-?[1-9]\d*)$/.test(text)) return conforms(schema, Number(text)) ? 'inside' : 'outside';
  // `01` is a number too, for those who want to see it so.
  return text.trim() !== '' && conforms(schema, Number(text)) ? 'open' : 'outside';
}

function judgeBody({ body }: FuzzOperation, request: FuzzRequest): Verdict {
  if (!body) return 'inside';
  const bytes = request.body ?? Buffer.alloc(0);
  if (bytes.length === 0) return body.required ? 'outside' : 'inside';
  if (bytes.length > 1_048_576 || !isJsonType(headerOf(request, 'Content-Type') ?? '')) return 'outside';
  if (headerOf(request, 'Content-Encoding') !== undefined) return 'outside';
  if (body.raw) return 'inside';
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return conforms(body.schema, JSON.parse(text)) ? 'inside' : 'outside';
  } catch {
    return 'outside';
  }
}

function isJsonType(value: string): boolean {
  return /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(value.trim());
}

function headerOf(request: FuzzRequest, name: string): string | undefined {
  return request.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
