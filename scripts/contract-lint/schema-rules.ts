import {
  COMPOSITION,
  children,
  headersOf,
  join,
  type Node,
  nodeOf,
  operationsOf,
  type Place,
  parametersOf,
  resolveNode,
  responsesOf,
  schemasOf,
} from './document.ts';
import type { Fault } from './index.ts';
import { contentSchemas, reachable, requestSchemas } from './reachable.ts';

const SNAKE_CASE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** Every answer tells the id of its request. */
export function requestIdHeader(document: Node): Fault[] {
  return responsesOf(document)
    .filter(({ node }) => resolveNode(document, nodeOf(node.headers)['X-Request-ID']).schema === undefined)
    .map(({ pointer }) => ({ pointer, message: 'must have the header X-Request-ID' }));
}

/** Everything that a reader meets is described. */
export function descriptions(document: Node): Fault[] {
  const schemas = schemasOf(document).filter(({ role }) => ['component', 'content', 'property'].includes(role));
  const places = [...parametersOf(document), ...headersOf(document), ...responsesOf(document), ...schemas];
  const texts = operationsOf(document).flatMap(({ pointer, node }) =>
    ['summary', 'description'].filter((name) => !isText(node[name])).map((name) => join(pointer, name)),
  );
  return [
    ...places
      .filter(({ node }) => node.$ref === undefined && !isText(node.description))
      .map(({ pointer }) => join(pointer, 'description')),
    ...texts,
  ].map((pointer) => ({ pointer, message: 'must be there' }));
}

/** What a client sends is one plain object: composed schemas go unchecked in some tools, and unpruned in ours. */
export function plainRequestBodies(document: Node): Fault[] {
  const parts = operationsOf(document).flatMap((operation) => reachable(document, requestSchemas(document, operation)));
  const composed = parts.filter(({ node }) => COMPOSITION.some((keyword) => node[keyword] !== undefined));
  return unique(composed).map(({ pointer }) => ({ pointer, message: `must not use ${COMPOSITION.join(', ')}` }));
}

/** What is said of properties together is about declared ones, and of what is sent: in answers nobody would look. */
export function conditions(document: Node): Fault[] {
  const sent = operationsOf(document).flatMap((operation) => reachable(document, requestSchemas(document, operation)));
  const inRequests = new Set(sent.map(({ pointer }) => pointer));
  return schemasOf(document).flatMap(({ pointer, node }) => {
    const named = ['x-exactly-one', 'x-when'].filter((keyword) => node[keyword] !== undefined);
    const elsewhere = inRequests.has(pointer) ? [] : named;
    return [
      ...elsewhere.map((keyword) => ({ pointer: join(pointer, keyword), message: 'counts in request bodies alone' })),
      ...alternativesFaults(pointer, node),
      ...whenFaults(document, pointer, node),
    ];
  });
}

function alternativesFaults(owner: string, node: Node): Fault[] {
  const names = node['x-exactly-one'];
  if (names === undefined) return [];
  const declared = nodeOf(node.properties);
  const isGood = Array.isArray(names) && names.length > 1 && new Set(names).size === names.length;
  const pointer = join(owner, 'x-exactly-one');
  if (!isGood) return [{ pointer, message: 'must list at least two properties, each once' }];
  const unknown = names.filter((name) => !Object.hasOwn(declared, name));
  return unknown.map((name) => ({ pointer, message: `'${name}' is no property of this schema` }));
}

function whenFaults(document: Node, owner: string, node: Node): Fault[] {
  const list = node['x-when'];
  if (list === undefined) return [];
  const pointer = join(owner, 'x-when');
  if (!Array.isArray(list) || list.length === 0) return [{ pointer, message: 'must list at least one condition' }];
  return list.flatMap((condition: unknown, index) => {
    const message = whenFault(document, nodeOf(node.properties), nodeOf(condition));
    return message === undefined ? [] : [{ pointer: join(pointer, index), message }];
  });
}

function whenFault(document: Node, declared: Node, condition: Node): string | undefined {
  const parts = Object.keys(condition).sort().join();
  if (!['is,property,require', 'forbid,is,property'].includes(parts)) {
    return 'must have property, is, and either require or forbid';
  }
  const { property, is, require, forbid } = condition;
  const unknown = [property, require ?? forbid].filter((name) => !Object.hasOwn(declared, String(name)));
  if (unknown.length > 0) return `'${unknown.join("', '")}' is no property of this schema`;
  const values = resolveNode(document, declared[String(property)]).enum;
  return !Array.isArray(values) || values.includes(is) ? undefined : `${property} is never '${is}'`;
}

/** Null is said in the one way that OpenAPI 3.0 knows. */
export function nullStyle(document: Node): Fault[] {
  return schemasOf(document).flatMap(({ pointer, node }) => {
    if (Array.isArray(node.type) || node.type === 'null') {
      return [{ pointer: join(pointer, 'type'), message: 'must be one type; say `nullable: true` for null' }];
    }
    if (node.nullable === undefined || (node.nullable === true && typeof node.type === 'string')) return [];
    return [{ pointer: join(pointer, 'nullable'), message: 'must be true, beside a type, or absent' }];
  });
}

/** Only a list of values can be open to further ones, and only in answers: in requests any list may grow. */
export function openEnums(document: Node): Fault[] {
  const sent = operationsOf(document).flatMap((operation) => reachable(document, requestSchemas(document, operation)));
  const inRequests = new Set(sent.map(({ pointer }) => pointer));
  const marked = schemasOf(document).filter(({ node }) => node['x-open-enum'] !== undefined);
  return marked
    .filter(({ pointer, node }) => node['x-open-enum'] !== true || !Array.isArray(node.enum) || inRequests.has(pointer))
    .map(({ pointer }) => ({
      pointer: join(pointer, 'x-open-enum'),
      message: 'must be true, beside an enum of answers',
    }));
}

/** What is sent and what is answered change for different reasons: no object is both. */
export function requestResponseApart(document: Node): Fault[] {
  const sent = operationsOf(document).flatMap((operation) => reachable(document, requestSchemas(document, operation)));
  const answered = responsesOf(document).flatMap(({ pointer, node }) =>
    reachable(document, contentSchemas(children(pointer, node, 'content'))),
  );
  const inAnswers = new Set(answered.map(({ pointer }) => pointer));
  const both = unique(sent).filter(({ pointer, node }) => isObject(node) && inAnswers.has(pointer));
  return both.map(({ pointer }) => ({ pointer, message: 'is an object of requests and of responses: make two' }));
}

/** Names are in one style. */
export function propertyNames(document: Node): Fault[] {
  return schemasOf(document)
    .filter(({ role, name = '' }) => role === 'property' && !SNAKE_CASE.test(name))
    .map(({ pointer }) => ({ pointer, message: 'must be named in snake_case' }));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isObject(schema: Node): boolean {
  return schema.type === 'object' || schema.properties !== undefined;
}

function unique(places: Place[]): Place[] {
  return [...new Map(places.map((place) => [place.pointer, place])).values()];
}
