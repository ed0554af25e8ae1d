import { parse } from 'node:querystring';
import { API_ROOT } from './contract-document.ts';
import type { ApiContext } from './request-state.ts';

/** Something that validation takes for no whole number. */
const NO_NUMBER = 'NaN';

/** Whole numbers are written in digits; what JavaScript also takes for one (`0x1`, `1e0`, blanks) is made into what it doesn't. */
function readNumber(text: string): string {
  return /^-?\d+$/.test(text) ? text : NO_NUMBER;
}

function numbersIn(ctx: ApiContext, place: 'path' | 'query'): string[] {
  const parameters = ctx.state.operation?.parameters ?? [];
  return parameters.filter((one) => one.in === place && one.schema.type === 'integer').map(({ name }) => name);
}

/** The query as the validator is to see it. */
export function readQuery(ctx: ApiContext): Record<string, string | string[]> {
  if (ctx.querystring === '') return {};
  const numbers = numbersIn(ctx, 'query');
  // Twice as quick as `ctx.query`, and limited by the length of the request's line alone.
  const given = Object.entries(parse(ctx.querystring, '&', '=', { maxKeys: 0 }) as Record<string, string | string[]>);
  return Object.fromEntries(
    given.map(([name, text]) => [name, numbers.includes(name) ? readNumber(String(text)) : text]),
  );
}

/** The path as the validator is to see it. */
export function readPath(ctx: ApiContext): string {
  if (!ctx.state.operation?.path.includes('{')) return ctx.path;
  const numbers = numbersIn(ctx, 'path');
  if (numbers.length === 0) return ctx.path;
  const template = `${API_ROOT}${ctx.state.operation.path}`.split('/');
  const segments = ctx.path.split('/').map((segment, index) => {
    const name = /^\{(\w+)\}$/.exec(template[index] ?? '')?.[1];
    return name !== undefined && numbers.includes(name) ? readNumber(segment) : segment;
  });
  return segments.join('/');
}
