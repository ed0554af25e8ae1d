import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { Middleware } from 'koa';
import {
  type Context as BackendContext,
  type Document,
  OpenAPIBackend,
  type Request,
  ValidationContext,
} from 'openapi-backend';
import { canBeWrong } from './can-be-wrong.ts';
import { requireClientVersion } from './client-version.ts';
import { addAlternatives, addConditions } from './conditions.ts';
import { API_ROOT, type ContractDocument, type ContractOperation } from './contract-document.ts';
import { ApiError, errors } from './errors.ts';
import { isDecodable } from './middleware/decodable-path.ts';
import { OperationRouter } from './operation-router.ts';
import type { Handlers, OperationId } from './operation-types.ts';
import { readPath, readQuery } from './parameters.ts';
import { prune } from './prune.ts';
import type { ApiContext } from './request-state.ts';
import { createRequestValidation } from './request-validation.ts';
import type { SecurityVerifiers } from './security.ts';
import type { UserLimits } from './user-limits.ts';
import { withBodyFault } from './validation-faults.ts';

/** Runs an operation whose caller and input were found good, and answers. */
export type OperationRunner = (ctx: ApiContext, operation: ContractOperation, input: OperationInput) => Promise<void>;

/** The declared parts of a request, validated. */
export interface OperationInput {
  body: unknown;
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  headers: Record<string, unknown>;
}

export interface ContractOptions {
  document: ContractDocument;
  handlers: Handlers;
  security: SecurityVerifiers;
  minClientVersion: string | undefined;
  /** Told on refusals too, once it is known who calls. */
  limits: Pick<UserLimits, 'peek'>;
  run: OperationRunner;
  /** False: input is taken as it comes; only the bench asks for that. Default: true. */
  validates?: boolean;
}

/** The contract at work: finds operations, lets callers in, validates, and hands over to the runner. */
export interface Contract {
  operations: readonly ContractOperation[];
  /** The operation of a method and path under `/api/v1`, if there is one. */
  match(method: string, path: string): ContractOperation | undefined;
  middleware: Middleware;
  /** Compiles what validates an operation's requests, which else its first request does. */
  prepare(operation: OperationId): void;
}

/**
 * Builds the contract's middleware.
 *
 * @throws Error when an operation has no handler, a handler no operation, or a security scheme no verifier.
 */
export async function createContract(options: ContractOptions): Promise<Contract> {
  const { validates = true } = options;
  const compilers = new Map<ValidationContext, Ajv>();
  const backend = new OpenAPIBackend({
    definition: options.document as unknown as Document,
    apiRoot: API_ROOT,
    strict: true,
    // Validators are compiled when first needed: compiling all of them takes seconds (the contract itself is checked by
    // `npm run check`).
    quick: true,
    coerceTypes: true,
    validate: ({ operation }) => validates && validated.has(operation.operationId as OperationId),
    // The check of the schemas themselves would cost more than all else here; `npm run check` has done it.
    ajvOpts: { allErrors: true, validateSchema: false },
    customizeAjv: (_ajv, ajvOptions, context) => {
      // Unknown query parameters are dropped; unknown body fields by `prune`, which knows nested objects too.
      const removeAdditional = context === ValidationContext.Params;
      const compiler =
        compilers.get(context) ??
        addAlternatives(addConditions(addFormats.default(new Ajv({ ...ajvOptions, removeAdditional }))));
      compilers.set(context, compiler);
      return compiler as never;
    },
  });
  await backend.init();
  const router = new OperationRouter(backend.definition);
  backend.router = router;
  backend.validator.router = router;
  backend.validator.validateRequest = createRequestValidation(backend.validator, router) as never;

  const operations = backend.router.getOperations() as unknown as ContractOperation[];
  const validated = new Set(operations.filter(canBeWrong).map(({ operationId }) => operationId));
  assertComplete(operations, options);

  backend.register(
    Object.fromEntries(
      operations.map((operation) => {
        const read = inputReader(operation);
        return [
          operation.operationId,
          (context: BackendContext, ctx: ApiContext) => options.run(ctx, operation, read(context, ctx)),
        ];
      }),
    ),
  );
  backend.register({
    notFound: () => {
      throw errors.notFound('such operation');
    },
    methodNotAllowed: (_context, ctx: ApiContext) => {
      throw errors.methodNotAllowed(allowedMethods(backend, ctx.path));
    },
    unauthorizedHandler: (context: BackendContext) => refuse(context),
    validationFail: async (context: BackendContext, ctx: ApiContext) => {
      if (ctx.state.operation) await options.limits.peek(ctx, ctx.state.operation);
      throw withBodyFault(ctx.state.body.fault, context.validation.errors ?? []);
    },
    notImplemented: (context: BackendContext) => {
      throw new Error(`${context.operation.operationId} has no handler.`);
    },
  });
  for (const [scheme, verify] of Object.entries(options.security)) {
    backend.registerSecurityHandler(scheme, async (_context: BackendContext, ctx: ApiContext) => {
      const principal = await verify(ctx);
      ctx.state.principals[scheme] = principal;
      return principal;
    });
  }

  return {
    operations,
    match: (method, path) =>
      isDecodable(path)
        ? (backend.matchOperation({ method, path, headers: {} }) as unknown as ContractOperation)
        : undefined,
    prepare: (operation) => {
      if (validated.has(operation)) backend.validator.getRequestValidatorsForOperation(operation);
    },
    middleware: async (plain) => {
      const ctx = plain as ApiContext;
      if (ctx.state.operation) requireClientVersion(ctx, ctx.state.operation, options.minClientVersion);
      await backend.handleRequest(toRequest(ctx), ctx);
    },
  };
}

function assertComplete(operations: ContractOperation[], options: ContractOptions): void {
  const declared = new Set<string>(operations.map((operation) => operation.operationId));
  const handled = Object.keys(options.handlers);
  const schemes = operations.flatMap((operation) =>
    operation.security.flatMap((requirement) => Object.keys(requirement)),
  );
  const faults = [
    ...[...declared].filter((id) => !handled.includes(id)).map((id) => `${id} has no handler`),
    ...handled.filter((id) => !declared.has(id)).map((id) => `${id} is handled but not declared`),
    ...schemes.filter((scheme) => !(scheme in options.security)).map((scheme) => `${scheme} has no verifier`),
  ];
  if (faults.length > 0) throw new Error(`The contract and the code differ: ${faults.join('; ')}.`);
}

function toRequest(ctx: ApiContext): Request {
  return {
    method: ctx.method,
    path: readPath(ctx),
    query: readQuery(ctx),
    headers: ctx.headers as Record<string, string | string[]>,
    body: ctx.state.body.value,
  };
}

/** Makes what takes an operation's declared parts out of a validated request; which they are is worked out once. */
function inputReader({ parameters, requestBody }: ContractOperation) {
  const headers = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
  return (context: BackendContext, ctx: ApiContext): OperationInput => {
    // A body that isn't required leaves its fault unnoticed by the validation.
    if (ctx.state.body.fault) throw ctx.state.body.fault;
    const input: OperationInput = {
      body: requestBody && prune(requestBody.content['application/json'].schema, ctx.state.body.value),
      // The backend parses the path once more behind the validation; the coerced values are in its result alone.
      path: (context.validation?.coerced as { params?: Record<string, unknown> } | undefined)?.params ?? {},
      // Without a validation nothing is declared, and nothing undeclared is handed on.
      query: context.validation ? context.request.query : {},
      headers: {},
    };
    for (const name of headers) {
      const value = ctx.get(name);
      if (value !== '') input.headers[name] = value;
    }
    return input;
  };
}

/** Whoever isn't let in gets 401, unless a verifier failed for a reason of ours. */
function refuse(context: BackendContext): never {
  const results = Object.values(context.security ?? {}) as { error?: unknown }[];
  const failures = results.flatMap((result) => (result?.error === undefined ? [] : [result.error]));
  throw failures.find((failure) => !(failure instanceof ApiError)) ?? failures[0] ?? errors.unauthorized();
}

function allowedMethods(backend: OpenAPIBackend, path: string): string[] {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return methods.filter((method) => backend.matchOperation({ method, path, headers: {} }) !== undefined);
}

export type { OperationId };
