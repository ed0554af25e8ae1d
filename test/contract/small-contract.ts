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
          description: Renamed.
          headers: { X-Request-ID: { $ref: '#/components/headers/XRequestId' } }
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Animal' }
              examples: { lion: { $ref: '#/components/examples/Lion' } }
        '400': { $ref: '#/components/responses/Failed' }
        '401': { $ref: '#/components/responses/Failed' }
        '413': { $ref: '#/components/responses/Failed' }
        '415': { $ref: '#/components/responses/Failed' }
        '429': { $ref: '#/components/responses/Failed' }
        '500': { $ref: '#/components/responses/Failed' }
        '503': { $ref: '#/components/responses/Failed' }
components:
  securitySchemes: { bearerAuth: { type: http, scheme: bearer, description: A token. } }
  parameters:
    AnimalId: { name: animal_id, in: path, required: true, description: Id., schema: { type: string }, example: lion }
  headers:
    XRequestId: { description: The request., required: true, schema: { type: string, format: date }, example: '2020-01-02' }
  responses:
    Failed:
      description: It failed.
      headers: { X-Request-ID: { $ref: '#/components/headers/XRequestId' } }
      content: { application/json: { schema: { $ref: '#/components/schemas/Problem' }, example: { code: bad } } }
  examples: { Lion: { value: { id: lion, cage: null, born_at: '2020-01-02T03:04:05Z', keeper: { name: Mia } } } }
  schemas:
    NewName:
      type: object
      description: The new name.
      x-exactly-one: [name, number]
      x-when: [{ property: title, is: doctor, require: reason }]
      properties:
        name: { type: string, description: The name., example: Leo }
        number: { type: integer, description: A number in place of a name., example: 7 }
        title: { type: string, description: Before the name., enum: [doctor, none], example: doctor }
        reason: { type: string, description: Why it has a title., example: Heals others. }
      example: { name: Leo }
    Animal:
      type: object
      description: An animal.
      required: [id, cage]
      properties:
        id: { type: string, description: Its id., example: lion }
        cage: { type: integer, nullable: true, description: Where it lives., example: 7 }
        born_at: { type: string, format: date-time, description: Birthday., example: '2020-01-02T03:04:05Z' }
        keeper: { $ref: '#/components/schemas/Keeper' }
      example: { id: lion, cage: 7 }
    Keeper:
      type: object
      description: Who feeds it.
      properties: { name: { type: string, description: Name., example: Mia } }
      example: { name: Mia }
    Problem:
      type: object
      description: What went wrong.
      properties: { code: { type: string, description: Name of it., example: bad } }
      example: { code: bad }
`;

/** A contract that keeps all rules, anew for each caller. */
export function readSmallContract(): Node {
  return parse(SMALL_CONTRACT);
}
