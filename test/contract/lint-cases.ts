import { lookUp } from '../../scripts/contract-lint/document.ts';
import type { RuleName } from '../../scripts/contract-lint/index.ts';
import { type Case, TEXT_CASES } from './lint-text-cases.ts';
import { readSmallContract } from './small-contract.ts';

const OP = '#/paths/~1animals~1{animal_id}/put';
const BODY = `${OP}/requestBody/content/application~1json`;
const SUCCESS = `${OP}/responses/200`;
const EXAMPLE = `${SUCCESS}/x-example-headers`;
const REQUEST_ID = `${EXAMPLE}/lion/X-Request-ID`;
const CONDITION = { property: 'title', is: 'doctor', require: 'reason' };
const FORBID = { property: 'title', is: 'none' };
const RAW = { 'x-raw-body': true, requestBody: {}, security: [{ bearerAuth: [] }] };
const FAILED = '#/components/responses/Failed';
const SCHEMAS = '#/components/schemas';
const ALTERNATIVES = `${SCHEMAS}/NewName/x-exactly-one`;
const WHEN = `${SCHEMAS}/NewName/x-when`;
const CAGE = `${SCHEMAS}/Animal/properties/cage`;
const PROBLEM = `${FAILED}/content/application~1json/schema`;
const TEXT = { type: 'string', description: 'A text of any kind.', example: 'text' };
const ANIMAL_ID = '#/components/parameters/AnimalId';
const PROBLEM_CODE = `${SCHEMAS}/ErrorCode`;

/** The operation, deprecated as it should be but for one thing. */
function deprecated(name: string, value: unknown): object {
  const days = { 'x-deprecated-at': '2026-11-27', 'x-sunset': '2027-05-26' };
  const operation = lookUp(readSmallContract(), OP) as object;
  const advice = { deprecated: true, description: 'Use another operation instead.' };
  return { ...operation, ...days, ...advice, [name]: value };
}

/** Changes of the small contract that break a rule, by the rule. */
export const BROKEN: Record<RuleName, Case[]> = {
  'openapi-version': [['another version of OpenAPI', '#/openapi', '3.1.0']],
  'operation-id': [
    ['a name that begins with no verb', `${OP}/operationId`, 'animalRename'],
    ['a name in snake_case', `${OP}/operationId`, 'rename_animal'],
    ['a verb without a noun', `${OP}/operationId`, 'rename'],
    ['a missing name', `${OP}/operationId`, undefined],
    ['a name that is taken', '#/paths/~1b', { get: { operationId: 'renameAnimal' } }, '#/paths/~1b/get/operationId'],
  ],
  'operation-tag': [
    ['two tags', `${OP}/tags`, ['zoo', 'zoo']],
    ['a tag without a feature folder', `${OP}/tags`, ['park']],
    ['a tag that is not described', '#/tags', [], `${OP}/tags`],
  ],
  'operation-security': [
    ['security that is not explicit', `${OP}/security`, undefined],
    ['an unknown scheme', `${OP}/security`, [{ basicAuth: [] }]],
  ],
  'errors-by-reference': [['an error that is written inline', `${OP}/responses/400`, { description: 'Bad.' }]],
  'common-statuses': ['400', '401', '413', '415', '429', '500', '503'].map(
    (status): Case => [`a missing ${status}`, `${OP}/responses/${status}`, undefined, `${OP}/responses`],
  ),
  'rate-limit': [
    ['an operation without a limit', `${OP}/x-rate-limit`, undefined],
    ['an empty list of limits', `${OP}/x-rate-limit`, []],
    ['a limit of 0', `${OP}/x-rate-limit/0/limit`, 0, `${OP}/x-rate-limit/0`],
    ['a window of half a second', `${OP}/x-rate-limit/0/window_seconds`, 0.5, `${OP}/x-rate-limit/0`],
    ['an unknown key', `${OP}/x-rate-limit/0/key`, 'country', `${OP}/x-rate-limit/0`],
    ['an unknown field', `${OP}/x-rate-limit/0/burst`, 5, `${OP}/x-rate-limit/0`],
    ['a user limit on an open operation', `${OP}/security`, [], `${OP}/x-rate-limit/0`],
    ['a contract without a limit in front of all', '#/x-rate-limit', undefined],
  ],
  'operation-extensions': [
    ['a name that the server does not know', `${OP}/x-raw-bodies`, true],
    ['a flag that is neither true nor absent', `${OP}/x-cors`, 'yes'],
    ['a flag that is false', `${OP}/x-raw-body`, false],
    ['bytes that anyone may send', '#/paths/~1b', { post: { ...RAW, security: [] } }, '#/paths/~1b/post/x-raw-body'],
    [
      'bytes without a body',
      '#/paths/~1b',
      { post: { ...RAW, requestBody: undefined } },
      '#/paths/~1b/post/x-raw-body',
    ],
    ['an operation beyond all limits per address', `${OP}/x-beyond-global-limit`, true],
  ],
  deprecations: [
    ['a deprecation without its day', OP, deprecated('x-deprecated-at', undefined), `${OP}/x-deprecated-at`],
    ['a day that there never is', OP, deprecated('x-deprecated-at', '2026-02-31'), `${OP}/x-deprecated-at`],
    ['a deprecation without an end', OP, deprecated('x-sunset', undefined), `${OP}/x-sunset`],
    ['an end less than 180 days later', OP, deprecated('x-sunset', '2027-05-25'), `${OP}/x-sunset`],
    ['a link that is no page', OP, deprecated('x-deprecation-link', 'changelog'), `${OP}/x-deprecation-link`],
    ['no word of what to use', OP, deprecated('description', 'Renames.'), `${OP}/description`],
    ['an end without a deprecation', `${OP}/x-sunset`, '2027-06-01'],
    ['a deprecation that is neither true nor absent', `${OP}/deprecated`, false],
    ['a property without a word of what to use', `${CAGE}/deprecated`, true, `${CAGE}/description`],
    ['a parameter without one', `${ANIMAL_ID}/deprecated`, true, `${ANIMAL_ID}/description`],
  ],
  'request-id-header': [
    ['a success without it', `${SUCCESS}/headers`, undefined, SUCCESS],
    ['an error without it', `${FAILED}/headers`, {}, FAILED],
  ],
  descriptions: [
    ['an operation without one', `${OP}/description`, undefined],
    ['an operation without a summary', `${OP}/summary`, undefined],
    ['a schema without one', `${SCHEMAS}/Animal/description`, undefined],
    ['a property without one', `${CAGE}/description`, undefined],
    ['a parameter without one', '#/components/parameters/AnimalId/description', undefined],
    ['a header without one', '#/components/headers/XRequestId/description', undefined],
    ['a success without one', `${SUCCESS}/description`, undefined],
    ['an error with an empty one', `${FAILED}/description`, ' '],
  ],
  ...TEXT_CASES,
  'examples-present': [
    [
      'an object without one',
      `${SCHEMAS}/Problem/properties/error/example`,
      undefined,
      `${SCHEMAS}/Problem/properties/error`,
    ],
    ['a schema without one', `${SCHEMAS}/Animal/example`, undefined, `${SCHEMAS}/Animal`],
    ['a property without one', `${CAGE}/example`, undefined, CAGE],
    ['a list of texts without one', CAGE, { type: 'array', description: 'Cages.', items: { type: 'integer' } }],
    [
      'a parameter without one',
      '#/components/parameters/AnimalId/example',
      undefined,
      '#/components/parameters/AnimalId',
    ],
    ['a header without one', '#/components/headers/XRequestId/example', undefined, '#/components/headers/XRequestId'],
    [
      'a success without one',
      `${SUCCESS}/content/application~1json/examples`,
      {},
      `${SUCCESS}/content/application~1json`,
    ],
    ['a request body without one', `${BODY}/example`, undefined, BODY],
  ],
  'examples-valid': [
    ['a property of another type', `${CAGE}/example`, 'seven'],
    ['null where it is not allowed', `${SCHEMAS}/Animal/example/id`, null],
    ['a property that is not declared', `${SCHEMAS}/Problem/example/colour`, 'red', `${SCHEMAS}/Problem/example`],
    [
      'a missing property in a named example',
      '#/components/examples/Lion/value/id',
      undefined,
      '#/components/examples/Lion/value',
    ],
    ['a text of another format', '#/components/examples/Lion/value/born_at', 'yesterday'],
    ['a fault behind a reference', '#/components/examples/Lion/value/keeper/name', 5],
    ['a wrong parameter', '#/components/parameters/AnimalId/example', 5],
    ['a wrong header', '#/components/headers/XRequestId/example', 'none'],
    ['a wrong request body', `${BODY}/example/name`, 5],
    ['two properties of which one is allowed', `${BODY}/example/number`, 7, `${BODY}/example`],
    ['none of two properties', `${BODY}/example/name`, undefined, `${BODY}/example`],
    ['a property without the one that it requires', `${BODY}/example/title`, 'doctor', `${BODY}/example`],
  ],
  'example-headers': [
    ['headers of an example that there is not', EXAMPLE, { cat: {} }, `${EXAMPLE}/cat`],
    ['headers that are no object', EXAMPLE, { lion: 5 }, `${EXAMPLE}/lion`],
    ['a header that is not declared', EXAMPLE, { lion: { Age: 5 } }, `${EXAMPLE}/lion/Age`],
    ['a header that its schema forbids', EXAMPLE, { lion: { 'X-Request-ID': 5 } }, REQUEST_ID],
    ['a required header left out', EXAMPLE, { lion: { 'X-Request-ID': null } }, REQUEST_ID],
  ],
  'plain-request-bodies': [
    ['allOf in a body', `${SCHEMAS}/NewName/allOf`, [{ type: 'object' }], `${SCHEMAS}/NewName`],
    ['oneOf in a property', `${SCHEMAS}/NewName/properties/name`, { ...TEXT, oneOf: [{ type: 'string' }] }],
    ['anyOf in a body that is written inline', `${BODY}/schema`, { anyOf: [{ type: 'object' }] }],
  ],
  conditions: [
    ['alternatives that are no list', ALTERNATIVES, 'name'],
    ['a single alternative', ALTERNATIVES, ['name']],
    ['an alternative that is listed twice', ALTERNATIVES, ['name', 'name']],
    ['an alternative that is not declared', ALTERNATIVES, ['name', 'colour']],
    ['alternatives in an answer', `${SCHEMAS}/Animal/x-exactly-one`, ['id', 'cage']],
    ['a condition in an answer', `${SCHEMAS}/Animal/x-when`, [{ property: 'id', is: 'lion', require: 'cage' }]],
    ['no condition', WHEN, []],
    ['a condition outside of a list', WHEN, CONDITION],
    ['a condition on a property that is not declared', `${WHEN}/0/property`, 'colour', `${WHEN}/0`],
    ['a condition on a value that there never is', `${WHEN}/0/is`, 'queen', `${WHEN}/0`],
    ['a condition that requires what is not declared', `${WHEN}/0/require`, 'colour', `${WHEN}/0`],
    ['a condition that forbids what is not declared', WHEN, [{ ...FORBID, forbid: 'colour' }], `${WHEN}/0`],
    ['a condition that requires and forbids', `${WHEN}/0/forbid`, 'number', `${WHEN}/0`],
    ['a condition without a consequence', `${WHEN}/0/require`, undefined, `${WHEN}/0`],
    ['an unknown part of a condition', `${WHEN}/0/unless`, 'number', `${WHEN}/0`],
  ],
  'null-style': [
    ['a list of types', `${CAGE}/type`, ['integer', 'null']],
    ['the type null', `${CAGE}/type`, 'null'],
    ['nullable without a type', `${CAGE}/type`, undefined, `${CAGE}/nullable`],
    ['nullable: false', `${CAGE}/nullable`, false],
  ],
  'open-enums': [
    ['openness that is not true', `${PROBLEM_CODE}/x-open-enum`, false],
    ['openness without a list', `${SCHEMAS}/Keeper/properties/name/x-open-enum`, true],
    ['an open list in a request', `${SCHEMAS}/NewName/properties/title/x-open-enum`, true],
  ],
  'request-response-apart': [
    ['an object that is sent and answered', `${PROBLEM}/$ref`, `${SCHEMAS}/NewName`, `${SCHEMAS}/NewName`],
    [
      'an object inside of both',
      `${SCHEMAS}/NewName/properties/keeper`,
      { $ref: `${SCHEMAS}/Keeper` },
      `${SCHEMAS}/Keeper`,
    ],
  ],
  'property-names': [
    ['camelCase', `${SCHEMAS}/Animal/properties/bornAt`, TEXT],
    ['kebab-case', `${SCHEMAS}/Animal/properties/born-at`, TEXT],
    ['a capital', `${SCHEMAS}/Animal/properties/Name`, TEXT],
  ],
  references: [
    ['one to something that is not there', `${PROBLEM}/$ref`, `${SCHEMAS}/Fault`, PROBLEM],
    ['one to another file', `${PROBLEM}/$ref`, 'other.yaml#/Problem', PROBLEM],
    ['one with something beside it', `${PROBLEM}/nullable`, true, PROBLEM],
  ],
  'used-components': [
    ['a schema that nobody uses', `${SCHEMAS}/Unused`, TEXT],
    ['a schema that only itself uses', `${SCHEMAS}/Self`, { ...TEXT, not: { $ref: `${SCHEMAS}/Self` } }],
    ['a security scheme that nobody uses', '#/components/securitySchemes/basicAuth', { type: 'http', scheme: 'basic' }],
  ],
};
