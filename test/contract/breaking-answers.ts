import { ANIMAL, BYTES, breaks, CAGE, type Case, CODE, HEADER, ID, OK, OP, TEXT } from './breaking-example.ts';

const DEEP = Array(9).fill('properties/in').join('/');

/** Changes of what clients get that somebody notices. */
export const ANSWERS: Case[] = [
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
  breaks(
    'response-property-removed',
    'a map that has nothing in it any more',
    [[`${ANIMAL}/additionalProperties`, false]],
    [[`${ANIMAL}/additionalProperties`, TEXT]],
  ),
  breaks(
    'response-property-removed',
    'a property less of the items of a list',
    [[`${ID}/items/properties/when`, undefined]],
    [[ID, { type: 'array', items: { type: 'object', properties: { when: TEXT } } }]],
  ),
  breaks(
    'response-type-changed',
    'items of any type in a list',
    [[`${ID}/items`, undefined]],
    [[ID, { type: 'array', items: TEXT }]],
  ),
  breaks(
    'composition-changed',
    'a change deep within schemas that are put together',
    [[`${ANIMAL}/allOf/0/${DEEP}/type`, 'integer']],
    [[`${ANIMAL}/allOf`, [deep(9)]]],
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
];

/** A text in so many objects. */
function deep(levels: number): object {
  return levels === 0 ? TEXT : { type: 'object', properties: { in: deep(levels - 1) } };
}
