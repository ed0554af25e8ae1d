import type { RuleName } from '../../scripts/contract-lint/index.ts';

const OP = '#/paths/~1animals~1{animal_id}/put';
const FAILED = '#/components/responses/Failed';
const SCHEMAS = '#/components/schemas';
const CAGE = `${SCHEMAS}/Animal/properties/cage`;
const ERROR_CODE = `${SCHEMAS}/ErrorCode`;
const ID_PARAMETER = '#/components/parameters/AnimalId';
const RETRY = '#/components/headers/RetryAfter';
const BORN_AT = `${SCHEMAS}/Animal/properties/born_at`;
const NAME = `${SCHEMAS}/NewName/properties/name`;
const BUSY = '#/components/responses/Busy';
const NUMBER = { type: 'integer', description: 'A number of any kind.', example: 7 };
const LIMIT = { name: 'limit', in: 'query', description: 'Sets an end to pages.', schema: { type: 'integer' } };
const BOTH = [`${ID_PARAMETER}/schema/minLength`, `${ID_PARAMETER}/schema/maxLength`];

/** What is wrong; the place in the small contract; what stands there (nothing: undefined); where the faults are told, if elsewhere. */
export type Case = [title: string, changed: string, value: unknown, told?: string | string[]];

/** Changes of the small contract that break a rule about what is told of things: in words, errors and limits. */
export const TEXT_CASES = {
  'description-texts': [
    ['one without a period', `${CAGE}/description`, 'Number of the place where it lives'],
    ['one that repeats the name of a property', `${CAGE}/description`, 'The cage of this.'],
    ['one that repeats the name of a schema', `${SCHEMAS}/NewName/description`, 'This is a new name.'],
    ['one that repeats the name of a parameter', `${ID_PARAMETER}/description`, 'The id of the animal.'],
    ['one that repeats the name of a header', `${RETRY}/description`, 'Retry after it is the retry.'],
    ['one of three words', `${FAILED}/description`, 'It has failed.'],
    ['an operation whose description has no period', `${OP}/description`, 'Gives an animal another name'],
  ],
  units: [
    [
      'seconds that are not called so',
      `${SCHEMAS}/Animal/properties/asleep_seconds/description`,
      'How long it sleeps.',
    ],
    ...(
      [
        ['delay_ms', 'milliseconds'],
        ['wait_minutes', 'minutes'],
        ['size_bytes', 'bytes'],
        ['bitrate_kbps', 'kilobits per second'],
        ['drop_pct', 'percent'],
        ['srt_port', 'the kind of port'],
        ['max_conns', 'how many'],
      ] as const
    ).map(
      ([name, unit]): Case => [
        `a number called ${name} that does not say ${unit}`,
        `${SCHEMAS}/Animal/properties/${name}`,
        NUMBER,
        `${SCHEMAS}/Animal/properties/${name}/description`,
      ],
    ),
    ['a limit of a page that does not say of what', `${ID_PARAMETER}`, LIMIT, `${ID_PARAMETER}/description`],
    ['a header in seconds that does not say so', `${RETRY}/description`, 'Wait as long as this.'],
  ],
  moments: [
    ['a time without its format', `${BORN_AT}/format`, undefined],
    ['a time that does not say of what', `${BORN_AT}/description`, 'Day of its birth.'],
    [
      'a date-time under another name',
      `${SCHEMAS}/Animal/properties/id/format`,
      'date-time',
      `${SCHEMAS}/Animal/properties/id/description`,
    ],
  ],
  'enum-values': [
    [
      'a value that is not described',
      `${SCHEMAS}/NewName/properties/title/enum/2`,
      'king',
      `${SCHEMAS}/NewName/properties/title/enum`,
    ],
    ['a value of list items that is not described', `${SCHEMAS}/NewName/properties/tricks/items/enum`, ['sit', 'roll']],
    ['a value of a parameter that is not described', `${ID_PARAMETER}/schema/enum`, ['lion']],
    [
      'a code that is not described',
      `${ERROR_CODE}/description`,
      '`bad`: no use. `busy`: try later.',
      `${ERROR_CODE}/enum`,
    ],
  ],
  'error-codes': [
    ['a contract without codes', `${ERROR_CODE}/enum`, undefined],
    ['a code that no response shows', `${ERROR_CODE}/x-outside-operations`, undefined, `${ERROR_CODE}/enum`],
    ['a code outside of operations that one answers with', `${ERROR_CODE}/x-outside-operations`, ['closed', 'bad']],
    ['a code outside of operations that there is not', `${ERROR_CODE}/x-outside-operations`, ['closed', 'away']],
  ],
  'error-examples': [
    ['an error that names no code', `${FAILED}/description`, 'It is no use at all.'],
    ['a code that is not shown', `${FAILED}/description`, '`bad` or `closed`: no use.', `${FAILED}/content`],
    [
      'a code that is shown but not named',
      `${FAILED}/content/application~1json/example/error/code`,
      'busy',
      [`${FAILED}/description`, `${FAILED}/content`],
    ],
  ],
  'retry-after': [
    ['a 429 or 503 without it', `${BUSY}/headers/Retry-After`, undefined, BUSY],
    ['one that may be absent', `${RETRY}/required`, false],
    ['another error in the place of a 503', `${OP}/responses/503`, { $ref: FAILED }, FAILED],
  ],
  'request-limits': [
    ['a text without a least length', `${NAME}/minLength`, undefined],
    ['a text without a most length', `${NAME}/maxLength`, undefined],
    ['a pattern without an end', `${ID_PARAMETER}/schema/pattern`, '^[a-z]+$', BOTH],
    ['a pattern that is open at its end', `${ID_PARAMETER}/schema/pattern`, '^[a-z]{1,9}', BOTH],
    ['a pattern with a least number only', `${ID_PARAMETER}/schema/pattern`, '^[a-z]{1,}$', BOTH],
    ['a number without a least value', `${SCHEMAS}/NewName/properties/number/minimum`, undefined],
    ['a number without a greatest value', `${SCHEMAS}/NewName/properties/number/maximum`, undefined],
    ['a list of any length', `${SCHEMAS}/NewName/properties/tricks/maxItems`, undefined],
  ],
} satisfies Partial<Record<RuleName, Case[]>>;
