import { isNode, join, nodeOf } from '../contract-lint/document.ts';
import { boundText, tighterBounds } from './bounds.ts';
import { type Change, changeAt, listOf, type Pair, quoted } from './change.ts';

/** What a schema of answers allows, or leaves out, that it didn't before; its parts aren't looked at. */
export function widened(pair: Pair, isError: boolean): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  const narrowerType =
    was.type === undefined || is.type === was.type || (was.type === 'number' && is.type === 'integer');
  if (!narrowerType) {
    return [changeAt(pair, 'response-type-changed', `${was.type} became ${is.type ?? 'anything'}`, 'type')];
  }
  return [
    ...(is.nullable === true && was.nullable !== true
      ? [changeAt(pair, 'response-null-added', 'may be null now', 'nullable')]
      : []),
    ...enumeration(pair, isError),
    // Looser now is tighter seen from the other side.
    ...tighterBounds(is, was).map((name) => {
      const what = `${name} was ${boundText(was, name)} and is ${boundText(is, name)}`;
      return changeAt(pair, 'response-limit-loosened', what, name);
    }),
    ...text(pair, 'pattern', 'response-pattern-changed'),
    ...text(pair, 'format', 'response-format-changed'),
    ...properties(pair),
  ];
}

function enumeration(pair: Pair, isError: boolean): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  if (!Array.isArray(was.enum)) return [];
  if (!Array.isArray(is.enum)) return [changeAt(pair, 'response-enum-widened', 'may be any value now', 'enum')];
  const released: unknown[] = was.enum;
  const current: unknown[] = is.enum;
  const wasOpen = was['x-open-enum'] === true;
  const added = wasOpen ? [] : current.filter((value) => !released.includes(value));
  const gone = released.filter((value) => !current.includes(value));
  const opens = !wasOpen && is['x-open-enum'] === true;
  return [
    ...(added.length > 0 ? [changeAt(pair, 'response-enum-widened', `may be ${quoted(added)} now`, 'enum')] : []),
    // Else a closed one could be opened in one release and grow in the next.
    ...(opens ? [changeAt(pair, 'response-enum-widened', 'may get new values from now on', 'x-open-enum')] : []),
    ...(gone.length > 0
      ? [
          changeAt(
            pair,
            isError ? 'error-code-removed' : 'response-enum-narrowed',
            `is never ${quoted(gone)} now`,
            'enum',
          ),
        ]
      : []),
  ];
}

function text(pair: Pair, name: string, kind: 'response-pattern-changed' | 'response-format-changed'): Change[] {
  const [was, is] = [pair.before.node[name], pair.after.node[name]];
  if (was === undefined || is === was) return [];
  return [changeAt(pair, kind, `${name} was ${was} and is ${is ?? 'nothing'}`, name)];
}

function properties(pair: Pair): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  const declared = nodeOf(is.properties);
  const gone = Object.keys(nodeOf(was.properties)).filter((name) => !Object.hasOwn(declared, name));
  const optional = listOf(was.required).filter(
    (name) => !listOf(is.required).includes(name) && Object.hasOwn(declared, String(name)),
  );
  const isMap = isNode(was.additionalProperties) && !isNode(is.additionalProperties);
  const isClosed = is.additionalProperties === false;
  return [
    ...gone.map((name) => ({
      ...changeAt(pair, 'response-property-removed', `'${name}' is gone`),
      pointer: join(pair.before.pointer, 'properties', name),
    })),
    ...optional.map((name) => changeAt(pair, 'response-property-optional', `'${name}' may be missing now`, 'required')),
    ...(isMap && isClosed
      ? [changeAt(pair, 'response-property-removed', 'values under other names are gone', 'additionalProperties')]
      : []),
    ...(isMap && !isClosed
      ? [changeAt(pair, 'response-type-changed', 'values under other names may be anything', 'additionalProperties')]
      : []),
    ...(isNode(was.items) && !isNode(is.items)
      ? [changeAt(pair, 'response-type-changed', 'its items may be anything', 'items')]
      : []),
  ];
}
