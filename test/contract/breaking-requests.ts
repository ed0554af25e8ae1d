import { lookUp } from '../../scripts/contract-lint/document.ts';
import {
  ANIMAL_ID,
  BODY,
  BYTES,
  breaks,
  type Case,
  LIST,
  NAME,
  OP,
  PATH,
  QUERY,
  TEXT,
  TITLE,
} from './breaking-example.ts';
import { readSmallContract } from './small-contract.ts';

/** Changes of what clients send that somebody notices. */
export const REQUESTS: Case[] = [
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
  breaks(
    'request-type-changed',
    'a list of texts where all items were taken',
    [[`${OP}/parameters/1/schema/items`, TEXT]],
    [[`${OP}/parameters/1`, { ...LIST, schema: { type: 'array' } }]],
  ),
  breaks('request-enum-narrowed', 'a value that is gone', [[`${TITLE}/enum`, ['doctor']]]),
  breaks('request-enum-narrowed', 'a list of values where any was taken', [[`${NAME}/properties/name/enum`, ['Leo']]]),
  breaks('request-limit-tightened', 'a higher minimum', [[`${NAME}/properties/number/minimum`, 2]]),
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
  breaks('request-limit-tightened', 'a longer shortest text', [[`${NAME}/properties/name/minLength`, 2]]),
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
];
