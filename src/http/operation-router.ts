import { type Document, OpenAPIRouter, type Operation, type ParsedRequest, type Request } from 'openapi-backend';
import { API_ROOT } from './contract-document.ts';

/** An operation of the contract with what is asked of it on each request, worked out once. */
interface Route {
  operation: Operation;
  /** The operation's path; its groups are the parameters. */
  pattern: RegExp;
  headers: string[];
}

/**
 * openapi-backend's router with its work done once: its own makes a regular expression of every path on each request, and
 * parses each request three times. It finds what that one finds.
 */
export class OperationRouter extends OpenAPIRouter {
  readonly #operations: Operation[];
  readonly #routes = new Map<string, Route>();
  /** By path, then by method. */
  readonly #literal = new Map<string, Map<string, Operation>>();
  /** The more of a path is literal, the earlier it stands. */
  readonly #templates: Route[];

  /** @throws Error when a parameter is of a kind that is not read here. */
  constructor(definition: Document) {
    super({ definition, apiRoot: API_ROOT });
    this.#operations = super.getOperations();
    for (const operation of this.#operations) {
      assertPlain(operation);
      this.#routes.set(operation.operationId as string, toRoute(operation));
      if (operation.path.includes('{')) continue;
      const methods = this.#literal.get(operation.path) ?? new Map<string, Operation>();
      this.#literal.set(operation.path, methods.set(operation.method, operation));
    }
    this.#templates = [...this.#routes.values()]
      .filter(({ operation }) => operation.path.includes('{'))
      .sort((one, other) => literalLength(other) - literalLength(one));
  }

  override getOperations(): Operation[] {
    return this.#operations;
  }

  override getOperation(operationId: string): Operation | undefined {
    return this.#routes.get(operationId)?.operation;
  }

  override matchOperation(request: Request): Operation | undefined;
  override matchOperation(request: Request, strict: boolean): Operation;
  override matchOperation(request: Request, strict = false): Operation | undefined {
    const method = request.method.toLowerCase();
    if (`${request.path}/`.startsWith(`${API_ROOT}/`)) {
      const path = this.normalizePath(request.path);
      const literal = this.#literal.get(path);
      const found = literal?.get(method);
      if (found) return found;
      const matching = this.#templates.filter(({ pattern }) => pattern.test(path));
      const route = matching.find(({ operation }) => operation.method === method);
      if (route) return route.operation;
      // The backend reads these words.
      if (strict && (literal || matching.length > 0)) throw new Error('405-methodNotAllowed');
    }
    if (strict) throw new Error('404-notFound');
    return undefined;
  }

  /** Copies what validation writes to. Of the headers only the declared ones are taken. Nobody reads one of no operation. */
  override parseRequest(request: Request, operation?: Operation): ParsedRequest {
    const route = operation && this.#routes.get(operation.operationId as string);
    if (!route) return request as ParsedRequest;
    return {
      ...request,
      method: request.method.toLowerCase(),
      params: this.#readPath(route, request.path),
      headers: pick(request.headers, route.headers),
      query: { ...(request.query as Record<string, string | string[]>) },
      cookies: {},
      requestBody: request.body,
    } as ParsedRequest;
  }

  #readPath({ operation, pattern }: Route, path: string): Record<string, string> {
    if (!operation.path.includes('{')) return {};
    const groups = Object.entries(pattern.exec(this.normalizePath(path))?.groups ?? {});
    return Object.fromEntries(groups.map(([name, text]) => [name, decodeURIComponent(text)]));
  }
}

function toRoute(operation: Operation): Route {
  const parts = operation.path.split(/(\{\w+\})/);
  const pattern = parts.map((part) => part.replace(/^\{(\w+)\}$/, '(?<$1>[^/]+)')).join('');
  const headers = (operation.parameters ?? []).flatMap((one) =>
    'in' in one && one.in === 'header' ? [one.name.toLowerCase()] : [],
  );
  return { operation, pattern: new RegExp(`^${pattern}$`), headers };
}

function literalLength({ operation }: Route): number {
  return operation.path.replace(/\{.*?\}/g, '').length;
}

function assertPlain({ operationId, path, parameters = [] }: Operation): void {
  const odd = parameters.find(
    (one) => !('in' in one) || one.in === 'cookie' || one.content || one.explode === false || isList(one.schema),
  );
  if (odd) throw new Error(`${operationId} has a parameter that the router doesn't read: ${JSON.stringify(odd)}`);
  if (!/^[\w/{}-]+$/.test(path)) throw new Error(`${operationId} has a path that the router doesn't read: ${path}`);
}

function isList(schema: unknown): boolean {
  return (schema as { type?: unknown } | undefined)?.type === 'array';
}

function pick(all: Request['headers'], names: string[]): Request['headers'] {
  const picked: Request['headers'] = {};
  for (const name of names) {
    const value = all[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
