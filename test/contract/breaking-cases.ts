import type { ChangeKind } from '../../scripts/contract-diff/kinds.ts';
import { lookUp } from '../../scripts/contract-lint/document.ts';
import { readSmallContract } from './small-contract.ts';

const PATH = '#/paths/~1animals~1{animal_id}';
const OP = `${PATH}/put`;
const BODY = `${OP}/requestBody`;
const OK = `${OP}/responses/200`;
const SCHEMAS = '#/components/schemas';
const NAME = `${SCHEMAS}/NewName`;
const TITLE = `${NAME}/properties/title`;
const ANIMAL = `${SCHEMAS}/Animal`;
const ID = `${ANIMAL}/properties/id`;
const CAGE = `${ANIMAL}/properties/cage`;
const CODE = `${SCHEMAS}/Problem/properties/code`;
const ANIMAL_ID = '#/components/parameters/AnimalId';
const QUERY = { name: 'lang', in: 'query', schema: { type: 'string', default: 'en' } };
const LIST = { name: 'kinds', in: 'query', schema: { type: 'array', items: { type: 'string' } } };
const HEADER = { description: 'One.', required: true, schema: { type: 'string' } };
const TEXT = { type: 'string' };
const BYTES = { schema: { type: 'string' } };
const MOVED = { put: { operationId: 'renameAnimal', responses: {} } };

/** What is put where in a contract (nothing: undefined), in this order. */
export type Edits = [pointer: string, value: unknown][];

/** A change of the released contract. `given`: what is put into both of them before. */
export interface Case {
  title: string;
  given?: Edits;
  change: Edits;
  finds: ChangeKind[];
}

const breaks = (kind: ChangeKind, title: string, change: Edits, given: Edits = []): Case => {
  return { title, change, given, finds: [kind] };
};
const harmless = (title: string, change: Edits, given: Edits = []): Case => ({ title, change, given, finds: [] });

/** Changes of the small contract that somebody notices; each kind is there. */
export const NOTICED: Case[] = [
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
  breaks(
    'parameter-removed',
    'a parameter that is gone',
    [[`${OP}/parameters/1`, undefined]],
    [[`${OP}/parameters/1`, QUERY]],
  ),
  breaks('parameter-renamed', 'another name in the path', [
    ['#/paths', { '/animals/{id}': lookUp(readSmallContract(), PATH) }],
    [`${ANIMAL_ID}/name`, 'id'],
  ]),
  breaks('parameter-required', 'a new parameter that is required', [
    [`${OP}/parameters/1`, { ...QUERY, required: true }],
  ]),
  breaks(
    'parameter-required',
    'a parameter that becomes required',
    [[`${OP}/parameters/1/required`, true]],
    [[`${OP}/parameters/1`, QUERY]],
  ),
  breaks(
    'parameter-style-changed',
    'a list in another form',
    [[`${OP}/parameters/1/explode`, false]],
    [[`${OP}/parameters/1`, LIST]],
  ),
  breaks('request-limit-tightened', 'a parameter that may be less long', [[`${ANIMAL_ID}/schema/maxLength`, 5]]),
  breaks(
    'request-default-changed',
    'another default',
    [[`${OP}/parameters/1/schema/default`, 'de']],
    [[`${OP}/parameters/1`, QUERY]],
  ),
  breaks('request-body-removed', 'no request body any more', [[BODY, undefined]]),
  breaks('request-body-required', 'a body that becomes required', [[`${BODY}/required`, true]]),
  breaks(
    'request-content-removed',
    'a media type that is gone',
    [[`${BODY}/content/text~1csv`, undefined]],
    [[`${BODY}/content/text~1csv`, BYTES]],
  ),
  breaks('request-property-removed', 'a property of the request that is gone', [
    [`${NAME}/properties/reason`, undefined],
  ]),
  breaks('request-property-required', 'a property that becomes required', [[`${NAME}/required`, ['reason']]]),
  breaks('request-property-required', 'a new property that is required', [
    [`${NAME}/properties/by`, TEXT],
    [`${NAME}/required`, ['by']],
  ]),
  breaks('request-type-changed', 'another type', [[`${NAME}/properties/number/type`, 'string']]),
  breaks(
    'request-type-changed',
    'a number that must be whole',
    [[`${NAME}/properties/number/type`, 'integer']],
    [[`${NAME}/properties/number/type`, 'number']],
  ),
  breaks('request-enum-narrowed', 'a value that is gone', [[`${TITLE}/enum`, ['doctor']]]),
  breaks('request-enum-narrowed', 'a list of values where any was taken', [[`${NAME}/properties/name/enum`, ['Leo']]]),
  breaks('request-limit-tightened', 'a minimum', [[`${NAME}/properties/number/minimum`, 0]]),
  breaks(
    'request-limit-tightened',
    'a smaller maximum',
    [[`${NAME}/properties/number/maximum`, 9]],
    [[`${NAME}/properties/number/maximum`, 10]],
  ),
  breaks(
    'request-limit-tightened',
    'a maximum that is left out',
    [[`${NAME}/properties/number/exclusiveMaximum`, true]],
    [[`${NAME}/properties/number/maximum`, 10]],
  ),
  breaks('request-limit-tightened', 'a longer shortest text', [[`${NAME}/properties/name/minLength`, 1]]),
  breaks(
    'request-limit-tightened',
    'numbers in bigger steps',
    [[`${NAME}/properties/number/multipleOf`, 10]],
    [[`${NAME}/properties/number/multipleOf`, 4]],
  ),
  breaks('request-pattern-changed', 'a pattern', [[`${NAME}/properties/name/pattern`, '^[a-z]*$']]),
  breaks('request-format-changed', 'a format', [[`${NAME}/properties/name/format`, 'email']]),
  breaks(
    'request-null-refused',
    'no null any more',
    [[`${NAME}/properties/name/nullable`, undefined]],
    [[`${NAME}/properties/name/nullable`, true]],
  ),
  breaks('request-additional-refused', 'nothing undeclared any more', [[`${NAME}/additionalProperties`, false]]),
  breaks('request-condition-added', 'one property of two', [[`${NAME}/x-exactly-one`, ['title', 'reason']]]),
  breaks('request-condition-added', 'alternatives that could be sent together', [
    [`${NAME}/x-exactly-one`, ['name', 'number', 'title']],
  ]),
  breaks('request-condition-added', 'a further condition', [
    [`${NAME}/x-when/1`, { property: 'title', is: 'none', forbid: 'reason' }],
  ]),
  breaks('composition-changed', 'schemas that are put together', [[`${ANIMAL}/allOf`, [TEXT]]]),
  breaks('success-status-added', 'a further success', [[`${OP}/responses/202`, { description: 'Later.' }]]),
  {
    title: 'another success',
    change: [
      [`${OP}/responses/204`, {}],
      [OK, undefined],
    ],
    finds: ['success-status-added', 'success-status-removed'],
  },
  breaks('error-status-added', 'a further error', [[`${OP}/responses/409`, { $ref: '#/components/responses/Failed' }]]),
  breaks('error-status-removed', 'an error less', [[`${OP}/responses/413`, undefined]]),
  breaks('response-content-added', 'an answer in a further media type', [[`${OK}/content/text~1plain`, BYTES]]),
  breaks('response-content-removed', 'an answer without a body', [[`${OK}/content`, undefined]]),
  breaks('response-header-removed', 'a header that is gone', [[`${OK}/headers`, {}]]),
  breaks(
    'response-header-optional',
    'a header that may be missing',
    [['#/components/headers/One/required', false]],
    [
      ['#/components/headers/One', HEADER],
      [`${OK}/headers/One`, { $ref: '#/components/headers/One' }],
    ],
  ),
  breaks('response-format-changed', 'a header in another format', [
    ['#/components/headers/XRequestId/schema/format', 'uuid'],
  ]),
  breaks('response-property-removed', 'a property of the answer that is gone', [
    [`${ANIMAL}/properties/keeper`, undefined],
  ]),
  {
    title: 'a required property that is gone',
    change: [
      [CAGE, undefined],
      [`${ANIMAL}/required`, ['id']],
    ],
    finds: ['response-property-removed'],
  },
  breaks('response-property-optional', 'a property that may be missing', [[`${ANIMAL}/required`, ['id']]]),
  breaks('response-type-changed', 'another type of answer', [[`${ID}/type`, 'integer']]),
  breaks(
    'response-type-changed',
    'values of any type in a map',
    [[`${ANIMAL}/additionalProperties`, true]],
    [[`${ANIMAL}/additionalProperties`, TEXT]],
  ),
  breaks('response-enum-widened', 'a new value', [[`${ID}/enum`, ['lion', 'wolf']]], [[`${ID}/enum`, ['lion']]]),
  breaks('response-enum-widened', 'any value', [[`${ID}/enum`, undefined]], [[`${ID}/enum`, ['lion']]]),
  breaks('response-enum-widened', 'a list that is opened', [[`${ID}/x-open-enum`, true]], [[`${ID}/enum`, ['lion']]]),
  breaks(
    'response-enum-narrowed',
    'a value less in an answer',
    [[`${ID}/enum`, ['lion']]],
    [[`${ID}/enum`, ['lion', 'wolf']]],
  ),
  breaks('error-code-removed', 'an error code less', [[`${CODE}/enum`, ['bad']]], [[`${CODE}/enum`, ['bad', 'gone']]]),
  breaks('response-limit-loosened', 'a longer text', [[`${ID}/maxLength`, 9]], [[`${ID}/maxLength`, 8]]),
  breaks(
    'response-limit-loosened',
    'a number without an end',
    [[`${CAGE}/maximum`, undefined]],
    [[`${CAGE}/maximum`, 8]],
  ),
  breaks(
    'response-pattern-changed',
    'a pattern that is dropped',
    [[`${ID}/pattern`, undefined]],
    [[`${ID}/pattern`, '^a']],
  ),
  breaks('response-format-changed', 'a format that is dropped', [[`${ANIMAL}/properties/born_at/format`, undefined]]),
  breaks('response-null-added', 'null in an answer', [[`${ID}/nullable`, true]]),
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
