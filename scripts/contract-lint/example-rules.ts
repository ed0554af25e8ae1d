import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { addAlternatives, addConditions } from '../../src/http/conditions.ts';
import {
  children,
  contentsOf,
  headersOf,
  join,
  type Node,
  type Place,
  parametersOf,
  resolvePlace,
  type SchemaPlace,
  schemasOf,
} from './document.ts';
import type { Fault } from './index.ts';

/** Whoever reads the contract, the mock included, sees what each thing looks like. */
export function examplesPresent(document: Node): Fault[] {
  const schemas = schemasOf(document).filter((schema) => needsExample(schema) && schema.node.example === undefined);
  const plain = [...parametersOf(document), ...headersOf(document)].filter(({ node }) => node.example === undefined);
  const contents = contentsOf(document).filter(({ node }) => examplesOf('', document, node).length === 0);
  return [...schemas, ...plain, ...contents].map(({ pointer }) => ({ pointer, message: 'must have an example' }));
}

/** Examples are what the schema says, and hold nothing that it doesn't declare. */
export function examplesValid(document: Node): Fault[] {
  const compile = createCompiler(document);
  const check = (schema: string, example: Place & { value: unknown }): Fault[] => {
    try {
      const validate = compile(schema);
      if (validate(example.value)) return [];
      return (validate.errors ?? []).map(({ instancePath, message, params }) => ({
        pointer: `${example.pointer}${instancePath}`,
        message: `breaks the schema: ${message} ${JSON.stringify(params)}`,
      }));
    } catch (error) {
      return [{ pointer: schema, message: `cannot be used: ${(error as Error).message}` }];
    }
  };
  const ofSchemas = schemasOf(document)
    .filter(({ node }) => node.example !== undefined && node.$ref === undefined)
    .flatMap((place) => check(place.pointer, exampleAt(place)));
  const ofOthers = [...parametersOf(document), ...headersOf(document), ...contentsOf(document)].flatMap((place) =>
    examplesOf(place.pointer, document, place.node).flatMap((example) => check(join(place.pointer, 'schema'), example)),
  );
  return [...ofSchemas, ...ofOthers];
}

/** Named schemas and properties do, unless they are those of a reference. */
function needsExample({ role, node }: SchemaPlace): boolean {
  return node.$ref === undefined && (role === 'component' || role === 'property');
}

function exampleAt({ pointer, node }: Place): Place & { value: unknown } {
  return { pointer: join(pointer, 'example'), node, value: node.example };
}

/** The examples of a parameter, a header or a media type, those of components included. */
export function examplesOf(pointer: string, document: Node, node: Node): (Place & { value: unknown })[] {
  const single = node.example === undefined ? [] : [exampleAt({ pointer, node })];
  const named = children(pointer, node, 'examples').flatMap((place) => {
    const target = resolvePlace(document, place);
    if (target?.node.value === undefined) return [];
    return [{ pointer: join(target.pointer, 'value'), node: target.node, value: target.node.value }];
  });
  return [...single, ...named];
}

/** Compiles schemas of the contract by their pointers. Objects are closed, so that a misspelt property shows. */
function createCompiler(document: Node): (pointer: string) => ValidateFunction {
  const closed = structuredClone(document);
  for (const { node, role } of schemasOf(closed)) {
    if (role !== 'part' && node.properties !== undefined) node.additionalProperties ??= false;
  }
  const ajv = addAlternatives(
    addConditions(
      addFormats.default(new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false })),
    ),
  );
  ajv.addSchema(closed, 'contract');
  return (pointer) => ajv.compile({ $ref: `contract${encodeURI(pointer)}` });
}
