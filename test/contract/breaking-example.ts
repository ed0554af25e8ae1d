import type { ChangeKind } from '../../scripts/contract-diff/kinds.ts';

export const PATH = '#/paths/~1animals~1{animal_id}';
export const OP = `${PATH}/put`;
export const BODY = `${OP}/requestBody`;
export const OK = `${OP}/responses/200`;
export const SCHEMAS = '#/components/schemas';
export const NAME = `${SCHEMAS}/NewName`;
export const TITLE = `${NAME}/properties/title`;
export const ANIMAL = `${SCHEMAS}/Animal`;
export const ID = `${ANIMAL}/properties/id`;
export const CAGE = `${ANIMAL}/properties/cage`;
export const CODE = `${SCHEMAS}/ErrorCode`;
export const ANIMAL_ID = '#/components/parameters/AnimalId';
export const QUERY = { name: 'lang', in: 'query', schema: { type: 'string', default: 'en' } };
export const LIST = { name: 'kinds', in: 'query', schema: { type: 'array', items: { type: 'string' } } };
export const HEADER = { description: 'One.', required: true, schema: { type: 'string' } };
export const TEXT = { type: 'string' };
export const BYTES = { schema: { type: 'string' } };
export const MOVED = { put: { operationId: 'renameAnimal', responses: {} } };

/** What is put where in a contract (nothing: undefined), in this order. */
export type Edits = [pointer: string, value: unknown][];

/** A change of the released contract. `given`: what is put into both of them before. */
export interface Case {
  title: string;
  given?: Edits;
  change: Edits;
  finds: ChangeKind[];
}

/** A change of which one kind is told. */
export const breaks = (kind: ChangeKind, title: string, change: Edits, given: Edits = []): Case => {
  return { title, change, given, finds: [kind] };
};
/** A change of which nothing is told. */
export const harmless = (title: string, change: Edits, given: Edits = []): Case => ({
  title,
  change,
  given,
  finds: [],
});
