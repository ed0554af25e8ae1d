import { parse } from 'yaml';
import type { Node } from '../../scripts/contract-lint/document.ts';

const SMALL_CONTRACT = `
openapi: 3.0.3
info: { title: Zoo, version: 1.0.0 }
tags: [{ name: zoo, description: Animals. }]
x-rate-limit: [{ limit: 100, window_seconds: 60, key: ip }]
paths:
  /animals/{animal_id}:
    put:
      operationId: renameAnimal
      tags: [zoo]
      summary: Rename
      description: Gives an animal another name.
      security: [{ bearerAuth: [] }]
      x-rate-limit: [{ limit: 10, window_seconds: 60, key: user }]
      parameters: [{ $ref: '#/components/parameters/AnimalId' }]
      requestBody:
        content:
          application/json: { schema: { $ref: '#/components/schemas/NewName' }, example: { name: Leo } }
      responses:
        '200':
          description: The animal with its new name.
          headers: { X-Request-ID: { $ref: '#/components/headers/XRequestId' } }
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Animal' }
              examples: { lion: { $ref: '#/components/examples/Lion' } }
        '400': { $ref: '#/components/responses/Failed' }
        '401': { $ref: '#/components/responses/Failed' }
        '413': { $ref: '#/components/responses/Failed' }
        '415': { $ref: '#/components/responses/Failed' }
        '429': { $ref: '#/components/responses/Busy' }
        '500': { $ref: '#/components/responses/Failed' }
        '503': { $ref: '#/components/responses/Busy' }
components:
  securitySchemes: { bearerAuth: { type: http, scheme: bearer, description: A token. } }
  parameters:
    AnimalId:
      { name: animal_id, in: path, required: true, description: Which animal is meant., schema: { type: string, pattern: '^[a-z]{1,9}$' }, example: lion }
  headers:
    XRequestId: { description: Names the request in logs., required: true, schema: { type: string, format: date }, example: '2020-01-02' }
    RetryAfter: { description: How many seconds to wait., required: true, schema: { type: integer }, example: 5 }
  responses:
    Failed:
      description: '\`bad\`: the request cannot be used.'
      headers: { X-Request-ID: { $ref: '#/components/headers/XRequestId' } }
      content: { application/json: { schema: { $ref: '#/components/schemas/Problem' }, example: { error: { code: bad } } } }
    Busy:
      description: '\`busy\`: the keepers are busy.'
      headers:
        X-Request-ID: { $ref: '#/components/headers/XRequestId' }
        Retry-After: { $ref: '#/components/headers/RetryAfter' }
      content: { application/json: { schema: { $ref: '#/components/schemas/Problem' }, example: { error: { code: busy } } } }
  examples: { Lion: { value: { id: lion, cage: null, born_at: '2020-01-02T03:04:05Z', keeper: { name: Mia } } } }
  schemas:
    NewName:
      type: object
      description: What the animal is called from now on.
      x-exactly-one: [name, number]
      x-when: [{ property: title, is: doctor, require: reason }]
      properties:
        name: { type: string, description: What it is called., minLength: 1, maxLength: 9, example: Leo }
        number: { type: integer, description: A number in place of a name., minimum: 1, maximum: 99, example: 7 }
        title: { type: string, description: 'What stands before the name: \`doctor\` or \`none\`.', enum: [doctor, none], example: doctor }
        reason: { type: string, description: Why it has a title., minLength: 1, maxLength: 99, example: Heals others. }
        tricks: { type: array, description: What it can do on demand., maxItems: 9, items: { type: string, enum: [sit] , description: 'Always \`sit\`.' }, example: [sit] }
      example: { name: Leo }
    Animal:
      type: object
      description: An animal that lives in the zoo.
      required: [id, cage]
      properties:
        id: { type: string, description: What all of its kind are called., example: lion }
        cage: { type: integer, nullable: true, description: Number of the place where it lives., example: 7 }
        asleep_seconds: { type: integer, description: How many seconds ago it fell asleep., example: 60 }
        born_at: { type: string, format: date-time, description: When it was born., example: '2020-01-02T03:04:05Z' }
        keeper: { $ref: '#/components/schemas/Keeper' }
      example: { id: lion, cage: 7 }
    Keeper:
      type: object
      description: Who feeds the animal daily.
      properties: { name: { type: string, description: What visitors call the keeper., example: Mia } }
      example: { name: Mia }
    Problem:
      type: object
      description: What went wrong with a request.
      properties:
        error:
          type: object
          description: Facts about what went wrong.
          properties: { code: { $ref: '#/components/schemas/ErrorCode' } }
          example: { code: bad }
      example: { error: { code: bad } }
    ErrorCode:
      type: string
      description: '\`bad\`: the request cannot be used. \`busy\`: try later. \`closed\`: nobody is here.'
      enum: [bad, busy, closed]
      x-outside-operations: [closed]
      example: bad
`;

/** A contract that keeps all rules, anew for each caller. */
export function readSmallContract(): Node {
  return parse(SMALL_CONTRACT);
}
