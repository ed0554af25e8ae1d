import type { Break, WireAnswer } from './breaks.ts';

type Node = Record<string, unknown>;

/** A field that the contract knows nothing of. */
const ADDED = 'field_of_a_break';
/** Statuses whose answers have no body (RFC 9110, sections 15.3.5 and 15.4.5). */
const WITHOUT_BODY = [204, 304];

/** The answer, broken; undefined when there is nothing in it that could be broken in this way. */
export function mutate(answer: WireAnswer, broken: Break): WireAnswer | undefined {
  const { place, to } = broken;
  switch (broken.class) {
    case 'field dropped':
      return withBody(answer, place, (parent, name) => delete parent[name]);
    case 'field added':
      return withBody(answer, [...place, ADDED], (parent, name) => {
        parent[name] = true;
      });
    case 'field retyped':
      return withBody(answer, place, (parent, name) => {
        parent[name] = retyped(parent[name]);
      });
    case 'bad enum value':
    case 'bad format':
    case 'wrong error code':
      return withBody(answer, place, (parent, name) => {
        parent[name] = to;
      });
    case 'undeclared status':
    case 'wrong declared status':
      return withStatus(answer, Number(to));
    case 'missing header':
      return withoutHeader(answer, place[0] as string);
    case 'wrong content type':
      if (answer.text === '') return undefined;
      return { ...answer, headers: { ...answer.headers, 'content-type': String(to) } };
  }
}

function withStatus(answer: WireAnswer, status: number): WireAnswer | undefined {
  if (!WITHOUT_BODY.includes(status)) return { ...answer, status };
  const { 'content-type': _, 'content-length': __, ...headers } = answer.headers;
  return { status, headers, text: '' };
}

function withoutHeader(answer: WireAnswer, header: string): WireAnswer | undefined {
  const { [header]: dropped, ...headers } = answer.headers;
  return dropped === undefined ? undefined : { ...answer, headers };
}

/** Changes the field at that place, and wherever the place leads to in arrays. */
function withBody(
  answer: WireAnswer,
  place: string[],
  change: (parent: Node, name: string) => void,
): WireAnswer | undefined {
  let body: unknown;
  try {
    body = JSON.parse(answer.text);
  } catch {
    // A body that is no JSON has no fields.
    return undefined;
  }
  const name = place.at(-1) as string;
  const parents = follow(body, place.slice(0, -1)).filter((parent) => name === ADDED || name in parent);
  for (const parent of parents) change(parent, name);
  return parents.length === 0 ? undefined : { ...answer, text: JSON.stringify(body) };
}

function follow(value: unknown, [step, ...rest]: string[]): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === undefined) return Array.isArray(value) ? [] : [value as Node];
  if (step === '*') return Array.isArray(value) ? value.flatMap((item) => follow(item, rest)) : [];
  return follow((value as Node)[step], rest);
}

/** Another JSON type, as near as a careless serializer would come. */
function retyped(value: unknown): unknown {
  if (typeof value === 'string') return 7;
  if (Array.isArray(value)) return {};
  if (typeof value === 'object') return [];
  return String(value);
}
