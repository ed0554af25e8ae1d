import type { AnsweredOperation } from '../support/answer-check.ts';
import type { Break, BreakClass, WireAnswer } from './breaks.ts';
import { mutate } from './mutate.ts';
import { type AnswerSchema, type Place, surePlaces } from './places.ts';

/** An answer that the server gives when nothing is broken. */
export interface SeenAnswer {
  operation: AnsweredOperation;
  answer: WireAnswer;
}

/** What a break does, before it is said to whom. */
type Change = Pick<Break, 'place' | 'to'>;

const BAD_FORMATS: Record<string, string> = {
  'date-time': '24.11.2026 12:00',
  uuid: '7d9f0f5e-62a1',
  uri: 'no address',
};
/** Near to statuses that the contract declares, so that clients go on as before. */
const OTHER_STATUSES = { success: [203, 206, 226], failure: [406, 418, 451] };
const OTHER_TYPES = ['text/plain; charset=utf-8', 'text/html; charset=utf-8', 'application/problem+json'];
const BAD_VALUE = 'no_such_value';

/** All breaks of that class that change this answer. */
export function candidates(breakClass: BreakClass, { operation, answer }: SeenAnswer): Break[] {
  const { operationId, method, path } = operation;
  const common = { class: breakClass, operationId, method, path, status: answer.status };
  return changes(breakClass, operation, answer)
    .map((change): Break => ({ ...common, ...change }))
    .filter((broken) => mutate(answer, broken) !== undefined);
}

function changes(breakClass: BreakClass, operation: AnsweredOperation, answer: WireAnswer): Change[] {
  const { status } = answer;
  const declared = operation.responses[status];
  const schema = declared?.content?.['application/json'].schema as AnswerSchema | undefined;
  const places = schema === undefined ? [] : surePlaces(schema);
  const fields = places.filter(({ path }) => path.length > 0 && path.at(-1) !== '*');
  switch (breakClass) {
    case 'field dropped':
    case 'field retyped':
      return fields.map(({ path }) => ({ place: path }));
    case 'field added':
      return places
        .filter(({ schema: { properties, additionalProperties } }) => properties && !additionalProperties)
        .map(({ path }) => ({ place: path }));
    case 'bad enum value':
      return fields
        .filter(({ schema: { enum: values } }) => values)
        .map(({ path }) => ({ place: path, to: BAD_VALUE }));
    case 'bad format':
      return badFormats(fields);
    case 'undeclared status': {
      const others = status < 400 ? OTHER_STATUSES.success : OTHER_STATUSES.failure;
      return others.filter((other) => !(other in operation.responses)).map((to) => ({ place: [], to }));
    }
    case 'wrong declared status':
      return Object.keys(operation.responses)
        .map(Number)
        .filter((other) => other !== status)
        .map((to) => ({ place: [], to }));
    case 'missing header':
      return Object.keys(declared?.headers ?? {}).map((name) => ({ place: [name.toLowerCase()] }));
    case 'wrong content type':
      return OTHER_TYPES.map((to) => ({ place: [], to }));
    case 'wrong error code':
      return status < 400 ? [] : otherCodes(fields, answer);
  }
}

function badFormats(fields: Place[]): Change[] {
  return fields.flatMap(({ path, schema: { format } }) => {
    const to = BAD_FORMATS[format ?? ''];
    return to === undefined ? [] : [{ place: path, to }];
  });
}

/** Codes that the contract knows too, so that only the meaning is wrong. */
function otherCodes(fields: Place[], { text }: WireAnswer): Change[] {
  const { error } = JSON.parse(text) as { error: { code: string } };
  const code = fields.find(({ path }) => path.join('/') === 'error/code');
  const others = (code?.schema.enum ?? []).filter((value) => value !== error.code);
  return others.map((to) => ({ place: ['error', 'code'], to }));
}
