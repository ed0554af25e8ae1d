import { join, type Node, operationsOf, type Place, parametersOf, schemasOf } from './document.ts';
import type { Fault } from './index.ts';

/** What stands beside `deprecated: true` on an operation; the last one may be absent. */
const EXTENSIONS = ['x-deprecated-at', 'x-sunset', 'x-deprecation-link'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** A deprecated operation lives on for at least as many days: plugins are updated by hand. */
const SHORTEST_DAYS = 180;

/** Whoever is told that something ends also learns when, and what to use in its place. */
export function deprecations(document: Node): Fault[] {
  const operations = operationsOf(document);
  const parts: Place[] = [...parametersOf(document), ...schemasOf(document)];
  return [
    ...operations.flatMap((operation) =>
      operation.node.deprecated === true ? datesOf(operation) : strayOf(operation),
    ),
    ...[...operations, ...parts].filter(({ node }) => node.deprecated !== undefined).flatMap(adviceOf),
  ];
}

function datesOf({ pointer, node }: Place): Fault[] {
  const [since, until] = ['x-deprecated-at', 'x-sunset'].map((name) => toDay(node[name]));
  const missing = ['x-deprecated-at', 'x-sunset'].filter((name) => toDay(node[name]) === undefined);
  const days = since === undefined || until === undefined ? SHORTEST_DAYS : (until - since) / 86_400_000;
  const link = node['x-deprecation-link'];
  return [
    ...missing.map((name) => ({ pointer: join(pointer, name), message: "must be a day, such as '2027-01-31'" })),
    ...(days < SHORTEST_DAYS
      ? [
          {
            pointer: join(pointer, 'x-sunset'),
            message: `must be at least ${SHORTEST_DAYS} days after x-deprecated-at`,
          },
        ]
      : []),
    ...(link === undefined || isPage(link)
      ? []
      : [{ pointer: join(pointer, 'x-deprecation-link'), message: 'must be the https address of a page' }]),
  ];
}

function strayOf({ pointer, node }: Place): Fault[] {
  const stray = EXTENSIONS.filter((name) => node[name] !== undefined);
  return stray.map((name) => ({ pointer: join(pointer, name), message: 'belongs beside deprecated: true' }));
}

function adviceOf({ pointer, node }: Place): Fault[] {
  if (node.deprecated !== true) return [{ pointer: join(pointer, 'deprecated'), message: 'must be true, or absent' }];
  if (/\binstead\b/i.test(String(node.description))) return [];
  return [{ pointer: join(pointer, 'description'), message: "must say what to use instead, with the word 'instead'" }];
}

/** Its beginning in UTC, in milliseconds; undefined when there is no such day. */
function toDay(value: unknown): number | undefined {
  if (typeof value !== 'string' || !DAY.test(value)) return undefined;
  const day = new Date(value);
  // 31 February would be taken for a day in March.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value) ? day.getTime() : undefined;
}

function isPage(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && /^https:\/\/[^\s<>"]+$/.test(value);
}
