import { ANIMAL, breaks, type Case, MOVED, OP, PATH, SCHEMAS, TEXT } from './breaking-example.ts';

/** Changes of operations, and of what the server does for them, that somebody notices. */
export const OPERATIONS: Case[] = [
  breaks(
    'base-path-changed',
    'another base path',
    [['#/servers', [{ url: '/api/v2' }]]],
    [['#/servers', [{ url: '/api/v1' }]]],
  ),
  breaks('operation-removed', 'an operation that is gone', [[OP, undefined]]),
  breaks('operation-removed', 'a path that is gone', [[PATH, undefined]]),
  breaks(
    'operation-removed',
    'an end before the announced day',
    [[OP, undefined]],
    [
      [`${OP}/deprecated`, true],
      [`${OP}/x-sunset`, '2027-06-01'],
    ],
  ),
  breaks(
    'operation-sunset',
    'an end after the announced day',
    [[OP, undefined]],
    [
      [`${OP}/deprecated`, true],
      [`${OP}/x-sunset`, '2026-06-01'],
    ],
  ),
  breaks('operation-moved', 'another path', [['#/paths', { '/beasts/{animal_id}': MOVED }]]),
  breaks('operation-moved', 'another method', [['#/paths', { '/animals/{animal_id}': { patch: MOVED.put } }]]),
  breaks('operation-renamed', 'another operationId', [[`${OP}/operationId`, 'replaceAnimal']]),
  breaks(
    'sunset-earlier',
    'an earlier last day',
    [[`${OP}/x-sunset`, '2027-05-31']],
    [[`${OP}/x-sunset`, '2027-06-01']],
  ),
  breaks('sunset-too-soon', 'an end that nobody was told of in time', [
    [`${OP}/deprecated`, true],
    [`${OP}/x-deprecated-at`, '2026-08-01'],
    [`${OP}/x-sunset`, '2027-01-28'],
  ]),
  breaks(
    'security-tightened',
    'a further credential',
    [[`${OP}/security/0/keyAuth`, []]],
    [['#/components/securitySchemes/keyAuth', { type: 'apiKey', in: 'header', name: 'X-Key' }]],
  ),
  breaks(
    'security-tightened',
    'a door that is closed',
    [[`${OP}/security`, [{ bearerAuth: [] }]]],
    [[`${OP}/security`, []]],
  ),
  breaks('security-scheme-changed', 'credentials in another header', [
    ['#/components/securitySchemes/bearerAuth', { type: 'apiKey', in: 'header', name: 'X-Key' }],
  ]),
  breaks('rate-limit-tightened', 'a lower limit', [[`${OP}/x-rate-limit/0/limit`, 9]]),
  breaks('rate-limit-tightened', 'the same limit in a longer window', [[`${OP}/x-rate-limit/0/window_seconds`, 61]]),
  breaks('rate-limit-tightened', 'a further limit', [
    [`${OP}/x-rate-limit/1`, { limit: 99, window_seconds: 1, key: 'ip' }],
  ]),
  breaks('rate-limit-tightened', 'a lower limit in front of all', [['#/x-rate-limit/0/limit', 99]]),
  breaks(
    'rate-limit-tightened',
    'no exception from the limit in front of all',
    [[`${OP}/x-beyond-global-limit`, undefined]],
    [[`${OP}/x-beyond-global-limit`, true]],
  ),
  breaks(
    'idempotency-weakened',
    'repeats that are no longer known',
    [[`${OP}/x-idempotent`, undefined]],
    [[`${OP}/x-idempotent`, { header: 'Key', ttl_seconds: 60 }]],
  ),
  breaks(
    'idempotency-weakened',
    'repeats that are known for less long',
    [[`${OP}/x-idempotent/ttl_seconds`, 59]],
    [[`${OP}/x-idempotent`, { header: 'Key', ttl_seconds: 60 }]],
  ),
  breaks('cors-removed', 'pages that may no longer call', [[`${OP}/x-cors`, undefined]], [[`${OP}/x-cors`, true]]),
  breaks(
    'raw-body-removed',
    'bytes that are validated',
    [[`${OP}/x-raw-body`, undefined]],
    [[`${OP}/x-raw-body`, true]],
  ),
  breaks(
    'sdk-type-removed',
    'another name of a schema',
    [
      [`${SCHEMAS}/Guardian`, TEXT],
      [`${SCHEMAS}/Keeper`, undefined],
    ],
    [[`${ANIMAL}/properties/keeper`, undefined]],
  ),
];
