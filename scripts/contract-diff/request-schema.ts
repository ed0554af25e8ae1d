import { isNode, join, type Node, nodeOf } from '../contract-lint/document.ts';
import { boundText, tighterBounds } from './bounds.ts';
import { type Change, changeAt, listOf, type Pair, quoted } from './change.ts';
import { meaningOf } from './meaning.ts';

/** What a schema of requests no longer takes; its parts aren't looked at. */
export function narrowed(pair: Pair): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  const widerType = is.type === undefined || is.type === was.type || (was.type === 'integer' && is.type === 'number');
  if (!widerType)
    return [changeAt(pair, 'request-type-changed', `${was.type ?? 'anything'} became ${is.type}`, 'type')];
  return [
    ...(was.nullable === true && is.nullable !== true
      ? [changeAt(pair, 'request-null-refused', 'null is no longer accepted')]
      : []),
    ...enumeration(pair),
    ...tighterBounds(was, is).map((name) => {
      const what = `${name} was ${boundText(was, name)} and is ${boundText(is, name)}`;
      return changeAt(pair, 'request-limit-tightened', what, name);
    }),
    ...text(pair, 'pattern', 'request-pattern-changed'),
    ...text(pair, 'format', 'request-format-changed'),
    ...properties(pair),
    ...conditions(pair),
    ...defaults(pair),
    ...(isNode(is.items) && !isNode(was.items)
      ? [changeAt(pair, 'request-type-changed', 'not every item is taken any more', 'items')]
      : []),
  ];
}

function enumeration(pair: Pair): Change[] {
  const [was, is] = [pair.before.node.enum, pair.after.node.enum];
  if (!Array.isArray(is)) return [];
  const gone = listOf(was).filter((value) => !is.includes(value));
  if (Array.isArray(was) && gone.length === 0) return [];
  const what = Array.isArray(was) ? `no longer takes ${quoted(gone)}` : `takes only ${quoted(is)}`;
  return [changeAt(pair, 'request-enum-narrowed', what, 'enum')];
}

function text(pair: Pair, name: string, kind: 'request-pattern-changed' | 'request-format-changed'): Change[] {
  const [was, is] = [pair.before.node[name], pair.after.node[name]];
  if (is === undefined || is === was) return [];
  return [changeAt(pair, kind, `${name} was ${was ?? 'nothing'} and is ${is}`, name)];
}

function properties(pair: Pair): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  const declared = nodeOf(is.properties);
  const gone = Object.keys(nodeOf(was.properties)).filter((name) => !Object.hasOwn(declared, name));
  const required = listOf(is.required).filter((name) => !listOf(was.required).includes(name));
  const closes = is.additionalProperties === false && was.additionalProperties !== false;
  const types =
    isNode(is.additionalProperties) && was.additionalProperties !== false && !isNode(was.additionalProperties);
  return [
    ...gone.map((name) => ({
      ...changeAt(pair, 'request-property-removed', `'${name}' is gone`),
      pointer: join(pair.before.pointer, 'properties', name),
    })),
    ...required.map((name) => changeAt(pair, 'request-property-required', `'${name}' has become required`, 'required')),
    ...(closes || types
      ? [changeAt(pair, 'request-additional-refused', 'undeclared properties are refused', 'additionalProperties')]
      : []),
  ];
}

function conditions(pair: Pair): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  const alternatives = isNewChoice(was, is)
    ? [
        changeAt(
          pair,
          'request-condition-added',
          `takes exactly one of ${quoted(listOf(is['x-exactly-one']))}`,
          'x-exactly-one',
        ),
      ]
    : [];
  const known = listOf(was['x-when']).map((condition) => meaningOf({}, condition));
  const added = listOf(is['x-when'])
    .map(nodeOf)
    .filter((condition) => !known.includes(meaningOf({}, condition)) && couldBeSent(was, condition));
  return [
    ...alternatives,
    ...added.map(({ property, is: value, require, forbid }) => {
      const what = `with the ${property} '${value}', '${require ?? forbid}' is ${require ? 'required' : 'not allowed'}`;
      return changeAt(pair, 'request-condition-added', what, 'x-when');
    }),
  ];
}

/** A further alternative is no harm as long as nobody could have sent it. */
function isNewChoice(was: Node, is: Node): boolean {
  if (!Array.isArray(is['x-exactly-one'])) return false;
  const before = listOf(was['x-exactly-one']);
  const after = is['x-exactly-one'];
  const added = after.filter((name) => !before.includes(name));
  const isGrown = before.length > 0 && before.every((name) => after.includes(name));
  return !isGrown || added.some((name) => Object.hasOwn(nodeOf(was.properties), String(name)));
}

/** Whether requests by the released schema can run into the condition. */
function couldBeSent(was: Node, { property, is, forbid }: Node): boolean {
  const declared = nodeOf(was.properties);
  if (!Object.hasOwn(declared, String(property))) return false;
  if (forbid !== undefined && !Object.hasOwn(declared, String(forbid))) return false;
  const values = nodeOf(declared[String(property)]).enum;
  return !Array.isArray(values) || values.includes(is);
}

function defaults(pair: Pair): Change[] {
  const [was, is] = [pair.before.node.default, pair.after.node.default];
  // A default that is written down for the first time may say what was done all along.
  if (was === undefined || JSON.stringify(was) === JSON.stringify(is)) return [];
  const what = `the default was ${JSON.stringify(was)} and is ${JSON.stringify(is) ?? 'nothing'}`;
  return [changeAt(pair, 'request-default-changed', what, 'default')];
}
