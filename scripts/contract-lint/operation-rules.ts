import { children, isNode, join, type Node, nodeOf, type OperationPlace, operationsOf } from './document.ts';
import type { Fault, LintOptions } from './index.ts';
import { canBeWrong } from './reachable.ts';

/** What an operation's name may begin with. */
const VERBS =
  'cancel|complete|create|delete|get|list|logout|migrate|poll|receive|refresh|regenerate|rename|replace|report|start|stop|update';
const OPERATION_ID = new RegExp(`^(?:logout|(?:${VERBS})(?:[A-Z][a-z0-9]*)+)$`);
/** What the server obeys on an operation beside what OpenAPI knows. */
const EXTENSIONS = [
  'x-rate-limit',
  'x-idempotent',
  'x-cors',
  'x-raw-body',
  'x-beyond-global-limit',
  'x-deprecated-at',
  'x-sunset',
  'x-deprecation-link',
];
const FLAGS = ['x-cors', 'x-raw-body', 'x-beyond-global-limit'];
const LIMIT_KEYS = ['ip', 'user', 'session', 'attempt'];

/** The contract's version is the one that all our tools read. */
export function openapiVersion(document: Node): Fault[] {
  return document.openapi === '3.0.3' ? [] : [{ pointer: '#/openapi', message: 'must be 3.0.3' }];
}

/** Each operation has a name of its own, made of a verb and a noun. */
export function operationId(document: Node): Fault[] {
  const seen = new Set<string>();
  return operationsOf(document).flatMap(({ pointer, node }) => {
    const place = join(pointer, 'operationId');
    const id = String(node.operationId ?? '');
    if (!OPERATION_ID.test(id)) return [{ pointer: place, message: `'${id}' must be verbNoun, as getActiveRelay is` }];
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew ? [] : [{ pointer: place, message: `'${id}' names another operation too` }];
  });
}

/** One tag, which is declared and names the feature folder that the handler is in. */
export function operationTag(document: Node, { features }: LintOptions): Fault[] {
  const tags: unknown[] = Array.isArray(document.tags) ? document.tags : [];
  const declared = tags.map((tag) => nodeOf(tag).name);
  return operationsOf(document).flatMap(({ pointer, node }) => {
    const place = join(pointer, 'tags');
    if (!Array.isArray(node.tags) || node.tags.length !== 1) return [{ pointer: place, message: 'must hold one tag' }];
    const [tag] = node.tags as [string];
    if (!features.includes(tag))
      return [{ pointer: place, message: `'${tag}' is no feature (${features.join(', ')})` }];
    return declared.includes(tag) ? [] : [{ pointer: place, message: `'${tag}' is not described under #/tags` }];
  });
}

/** Who may call is said on the operation itself, open doors included. */
export function operationSecurity(document: Node): Fault[] {
  const schemes = nodeOf(nodeOf(document.components).securitySchemes);
  return operationsOf(document).flatMap(({ pointer, node }) => {
    const place = join(pointer, 'security');
    if (!Array.isArray(node.security)) return [{ pointer: place, message: 'must be there; [] for everyone' }];
    const unknown = schemesOf(node).filter((name) => !Object.hasOwn(schemes, name));
    return unknown.map((name) => ({ pointer: place, message: `'${name}' is no security scheme` }));
  });
}

/** The statuses that any operation can answer with are declared on each of them. */
export function commonStatuses(document: Node): Fault[] {
  return operationsOf(document).flatMap((operation) => {
    const declared = nodeOf(operation.node.responses);
    const needed = neededStatuses(operation).filter((status) => !Object.hasOwn(declared, status));
    return needed.map((status) => ({
      pointer: join(operation.pointer, 'responses'),
      message: `must declare ${status}`,
    }));
  });
}

/** Errors have one form: they are written once, under components. */
export function errorsByReference(document: Node): Fault[] {
  return operationsOf(document)
    .flatMap(({ pointer, node }) => children(pointer, node, 'responses'))
    .filter(({ name, node }) => /^[45]/.test(name) && !String(node.$ref).startsWith('#/components/responses/'))
    .map(({ pointer }) => ({ pointer, message: 'must be a $ref to #/components/responses' }));
}

/** Nothing is said to the server that it doesn't know, and no door is left open by what it knows. */
export function operationExtensions(document: Node): Fault[] {
  return operationsOf(document).flatMap(({ pointer, node }) => {
    const at = (name: string, message: string): Fault => ({ pointer: join(pointer, name), message });
    const named = Object.keys(node).filter((name) => name.startsWith('x-'));
    const unknown = named.filter((name) => !EXTENSIONS.includes(name));
    const unclear = named.filter((name) => FLAGS.includes(name) && node[name] !== true);
    const isOpen = node.requestBody === undefined || schemesOf(node).length === 0;
    const limits: unknown[] = Array.isArray(node['x-rate-limit']) ? node['x-rate-limit'] : [];
    const isUnlimited = !limits.some((limit) => nodeOf(limit).key === 'ip');
    return [
      ...unknown.map((name) => at(name, `is none of ${EXTENSIONS.join(', ')}`)),
      ...unclear.map((name) => at(name, 'must be true, or absent')),
      ...(node['x-raw-body'] && isOpen
        ? [at('x-raw-body', 'needs a body, and security in the place of a schema')]
        : []),
      ...(node['x-beyond-global-limit'] && isUnlimited
        ? [at('x-beyond-global-limit', 'needs a limit of its own per ip')]
        : []),
    ];
  });
}

/** The limits that the server enforces are those of the contract. */
export function rateLimit(document: Node): Fault[] {
  const global = limitFaults('#', document, true);
  return [
    ...global,
    ...operationsOf(document).flatMap(({ pointer, node }) =>
      limitFaults(pointer, node, schemesOf(node).includes('bearerAuth')),
    ),
  ];
}

function limitFaults(owner: string, node: Node, hasUser: boolean): Fault[] {
  const pointer = join(owner, 'x-rate-limit');
  const limits = node['x-rate-limit'];
  if (!Array.isArray(limits) || limits.length === 0) return [{ pointer, message: 'must list at least one limit' }];
  return limits.flatMap((limit: unknown, index) => {
    const message = limitFault(limit, hasUser);
    return message === undefined ? [] : [{ pointer: join(pointer, index), message }];
  });
}

function limitFault(limit: unknown, hasUser: boolean): string | undefined {
  if (!isNode(limit)) return 'must be an object';
  if (Object.keys(limit).sort().join() !== 'key,limit,window_seconds') return 'must have limit, window_seconds and key';
  const isCount = (value: unknown) => Number.isInteger(value) && Number(value) > 0;
  if (!isCount(limit.limit) || !isCount(limit.window_seconds)) return 'must count in whole numbers above 0';
  if (!LIMIT_KEYS.includes(String(limit.key))) return `must have a key of ${LIMIT_KEYS.join(', ')}`;
  return limit.key === 'user' && !hasUser ? 'counts users, but the operation has none' : undefined;
}

function neededStatuses(operation: OperationPlace): string[] {
  const hasBody = operation.node.requestBody !== undefined;
  const hasInput = hasBody || operation.parameters.some(({ node }) => canBeWrong(node));
  return [
    ...(hasInput ? ['400'] : []),
    ...(schemesOf(operation.node).length > 0 ? ['401'] : []),
    ...(hasBody ? ['413', '415'] : []),
    '429',
    '500',
    '503',
  ];
}

function schemesOf(operation: Node): string[] {
  const requirements: unknown[] = Array.isArray(operation.security) ? operation.security : [];
  return requirements.flatMap((requirement) => Object.keys(nodeOf(requirement)));
}
