import { lookUp } from '../../scripts/contract-lint/document.ts';
import {
  ANIMAL,
  CAGE,
  type Case,
  CODE,
  HEADER,
  harmless,
  ID,
  NAME,
  OK,
  OP,
  QUERY,
  TEXT,
  TITLE,
} from './breaking-example.ts';
import { readSmallContract } from './small-contract.ts';

/** Changes that nobody has to be told of. */
export const HARMLESS: Case[] = [
  harmless('a new operation', [['#/paths/~1b', { get: { operationId: 'getB', responses: {} } }]]),
  harmless('another tag', [[`${OP}/tags`, ['park']]]),
  harmless('other words and examples', [
    [`${OP}/description`, 'Other.'],
    [`${ID}/description`, 'Other.'],
    [`${ID}/example`, 'wolf'],
  ]),
  harmless('a new optional parameter', [[`${OP}/parameters/1`, QUERY]]),
  harmless(
    'a parameter that becomes optional',
    [[`${OP}/parameters/1/required`, false]],
    [[`${OP}/parameters/1`, { ...QUERY, required: true }]],
  ),
  harmless('a new optional property of the request', [[`${NAME}/properties/by`, TEXT]]),
  harmless('a further alternative that nobody could send', [
    [`${NAME}/properties/by`, TEXT],
    [`${NAME}/x-exactly-one`, ['number', 'name', 'by']],
  ]),
  harmless('a condition on a new value', [
    [`${TITLE}/enum`, ['doctor', 'none', 'king']],
    [`${NAME}/x-when/1`, { property: 'title', is: 'king', require: 'reason' }],
  ]),
  harmless('fewer conditions', [
    [`${NAME}/x-when`, undefined],
    [`${NAME}/x-exactly-one`, undefined],
  ]),
  harmless('a request that may be null', [[`${NAME}/properties/name/nullable`, true]]),
  harmless(
    'a wider request',
    [
      [`${NAME}/properties/name/maxLength`, 9],
      [`${NAME}/properties/number/type`, 'number'],
    ],
    [[`${NAME}/properties/name/maxLength`, 8]],
  ),
  harmless(
    'a request without its pattern',
    [[`${NAME}/properties/name/pattern`, undefined]],
    [[`${NAME}/properties/name/pattern`, '^a']],
  ),
  harmless('a new property of the answer', [
    [`${ANIMAL}/properties/age`, { type: 'integer' }],
    [`${ANIMAL}/required`, ['id', 'cage', 'age']],
  ]),
  harmless('a narrower answer', [
    [`${ID}/maxLength`, 8],
    [`${CAGE}/nullable`, undefined],
    [`${ID}/pattern`, '^[a-z]'],
  ]),
  harmless('a new header', [[`${OK}/headers/One`, HEADER]]),
  harmless(
    'a new value of an open list',
    [[`${CODE}/enum`, ['bad', 'worse']]],
    [
      [`${CODE}/enum`, ['bad']],
      [`${CODE}/x-open-enum`, true],
    ],
  ),
  harmless(
    'a further way in',
    [[`${OP}/security/1`, { keyAuth: [] }]],
    [['#/components/securitySchemes/keyAuth', { type: 'apiKey', in: 'header', name: 'X-Key' }]],
  ),
  harmless('an open door', [[`${OP}/security`, []]]),
  harmless('another name of a scheme', [
    ['#/components/securitySchemes/token', { type: 'http', scheme: 'bearer' }],
    [`${OP}/security`, [{ token: [] }]],
  ]),
  harmless('a raised limit', [[`${OP}/x-rate-limit/0/limit`, 11]]),
  harmless('the same pace in a longer window', [
    [`${OP}/x-rate-limit/0`, { limit: 20, window_seconds: 120, key: 'user' }],
  ]),
  harmless('a limit less', [[`${OP}/x-rate-limit`, []]]),
  harmless('pages that may call', [[`${OP}/x-cors`, true]]),
  harmless('repeats that are known', [[`${OP}/x-idempotent`, { header: 'Key', ttl_seconds: 60 }]]),
  harmless('a deprecation', [
    [`${OP}/deprecated`, true],
    [`${OP}/x-sunset`, '2027-06-01'],
  ]),
  harmless('a later last day', [[`${OP}/x-sunset`, '2027-06-02']], [[`${OP}/x-sunset`, '2027-06-01']]),
  harmless('a schema that is written in place', [
    [`${OK}/content/application~1json/schema`, lookUp(readSmallContract(), ANIMAL)],
  ]),
];
