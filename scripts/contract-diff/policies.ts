import { type Node, nodeOf, type Place } from '../contract-lint/document.ts';
import { type Change, type Contracts, changeAt, listOf, type Pair } from './change.ts';
import { meaningOf } from './meaning.ts';

/** 150 days: the lint wants 180 from the deprecation, and a month may go by from that to the release. */
const SHORTEST_NOTICE_MS = 150 * 86_400_000;

/** Compares what the server does by the extensions of an operation: limits, repeats, pages, bytes. */
export function comparePolicies(pair: Pair): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  const lost = (name: string) => was[name] === true && is[name] !== true;
  return [
    ...compareLimits(pair),
    ...(lost('x-beyond-global-limit')
      ? [changeAt(pair, 'rate-limit-tightened', 'counts against the limit in front of all operations')]
      : []),
    ...(lost('x-cors') ? [changeAt(pair, 'cors-removed', 'may no longer be called by pages of other origins')] : []),
    ...(lost('x-raw-body') ? [changeAt(pair, 'raw-body-removed', 'takes no arbitrary bytes any more')] : []),
    ...compareIdempotency(pair),
  ];
}

/** Compares the announced last days. One that is new must leave time from `now`, whatever day it says it is deprecated since. */
export function compareSunset(pair: Pair, now: Date): Change[] {
  const [was, is] = [pair.before.node['x-sunset'], pair.after.node['x-sunset']];
  if (is === undefined) return [];
  const [before, after] = [Date.parse(String(was)), Date.parse(String(is))];
  if (after < before) return [changeAt(pair, 'sunset-earlier', `ends ${is}, announced was ${was}`, 'x-sunset')];
  const isSoon = was === undefined && after - now.getTime() < SHORTEST_NOTICE_MS;
  return isSoon ? [changeAt(pair, 'sunset-too-soon', `ends ${is}, which was not announced before`, 'x-sunset')] : [];
}

/** Compares the limits of an operation, or those in front of all. */
export function compareLimits(pair: Pair): Change[] {
  const was = listOf(pair.before.node['x-rate-limit']).map(nodeOf);
  return listOf(pair.after.node['x-rate-limit']).flatMap((limit, index) => {
    const now = nodeOf(limit);
    const same = was.filter(({ key }) => key === now.key);
    if (same.some((earlier) => covers(now, earlier))) return [];
    const what = `${limitText(now)}, was ${same.map(limitText).join(' and ') || `unlimited per ${now.key}`}`;
    return [changeAt(pair, 'rate-limit-tightened', what, 'x-rate-limit', String(index))];
  });
}

/** Whether who keeps the earlier limit keeps this one too: in a longer window the earlier one allows its count several times. */
function covers(now: Node, earlier: Node): boolean {
  const windows = Math.max(1, Math.ceil(Number(now.window_seconds) / Number(earlier.window_seconds)));
  return Number(now.limit) >= Number(earlier.limit) * windows;
}

function limitText({ limit, window_seconds: seconds, key }: Node): string {
  return `${limit} in ${seconds} s per ${key}`;
}

function compareIdempotency(pair: Pair): Change[] {
  if (pair.before.node['x-idempotent'] === undefined) return [];
  const [was, is] = [nodeOf(pair.before.node['x-idempotent']), nodeOf(pair.after.node['x-idempotent'])];
  const tell = (what: string) => [changeAt(pair, 'idempotency-weakened', what, 'x-idempotent')];
  if (pair.after.node['x-idempotent'] === undefined) return tell('a key no longer makes a repeated request harmless');
  if (was.header !== is.header) return tell(`the key is read from ${is.header}, was ${was.header}`);
  const shorter = Number(is.ttl_seconds) < Number(was.ttl_seconds);
  return shorter ? tell(`keys are known for ${is.ttl_seconds} s, was ${was.ttl_seconds} s`) : [];
}

/** Compares who may call an operation. Each way in that there was must still be one. */
export function compareSecurity(contracts: Contracts, pair: Pair): Change[] {
  const now = listOf(pair.after.node.security).map(nodeOf);
  if (now.length === 0) return [];
  const earlier = listOf(pair.before.node.security).map(nodeOf);
  const ways = earlier.length === 0 ? [{}] : earlier;
  return ways.flatMap((way) => {
    const credentials = schemesOf(contracts.released, way);
    const stillOpen = now.some((one) =>
      schemesOf(contracts.current, one).every((scheme) => credentials.includes(scheme)),
    );
    if (stillOpen) return [];
    const sameName = now.some((one) => Object.keys(one).every((name) => Object.hasOwn(way, name)));
    const name = Object.keys(way).join(' and ') || 'nobody to be signed in';
    return sameName
      ? [schemeChange(pair, Object.keys(way))]
      : [changeAt(pair, 'security-tightened', `${name} no longer suffices`, 'security')];
  });
}

function schemeChange({ where }: Pair, names: string[]): Change {
  const pointer = `#/components/securitySchemes/${names[0]}`;
  return { kind: 'security-scheme-changed', pointer, where, what: `${names.join(' and ')} is sent in another way` };
}

/** What each scheme of a requirement asks for, its scopes included. */
function schemesOf(document: Node, requirement: Node): string[] {
  const declared = nodeOf(nodeOf(document.components).securitySchemes);
  return Object.entries(requirement).map(([name, scopes]) => {
    const sorted = listOf(scopes).map(String).sort();
    return `${meaningOf(document, declared[name])} ${sorted.join()}`;
  });
}

/** The last day that an operation was announced to have; undefined: none. */
export function sunsetOf({ node }: Place): Date | undefined {
  const time = Date.parse(String(node['x-sunset']));
  return node.deprecated === true && Number.isFinite(time) ? new Date(time) : undefined;
}
