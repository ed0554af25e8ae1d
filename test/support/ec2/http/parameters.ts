import { refuseParameter } from '../aws-error.ts';

/** The parameters of a call as they came, such as `Filter.1.Value.2` → `running`. */
export type Parameters = ReadonlyMap<string, string>;

export function readForm(body: string): Parameters {
  return new Map(new URLSearchParams(body));
}

/** @throws AwsError when it is missing or empty. */
export function required(parameters: Parameters, name: string): string {
  return parameters.get(name) || refuseParameter(name, undefined);
}

/** The values of `name.1`, `name.2` and so on, in their order. */
export function listOf(parameters: Parameters, name: string): string[] {
  const values: string[] = [];
  for (let index = 1; ; index += 1) {
    const value = parameters.get(`${name}.${index}`);
    if (value === undefined) return values;
    values.push(value);
  }
}

/** The structures `name.1.…`, `name.2.…` and so on, in their order, each as parameters of its own. */
export function structuresOf(parameters: Parameters, name: string): Parameters[] {
  const structures = new Map<number, Map<string, string>>();
  for (const [key, value] of parameters) {
    if (!key.startsWith(`${name}.`)) continue;
    const rest = key.slice(name.length + 1);
    const index = Number(rest.split('.', 1)[0]);
    const structure = structures.get(index) ?? new Map<string, string>();
    structure.set(rest.slice(rest.indexOf('.') + 1), value);
    structures.set(index, structure);
  }
  return [...structures.keys()].sort((a, b) => a - b).flatMap((index) => structures.get(index) ?? []);
}

/** The tags that a creating call asks for on things of this type. */
export function tagsFor(parameters: Parameters, resourceType: string): Map<string, string> {
  const specifications = structuresOf(parameters, 'TagSpecification').filter(
    (specification) => specification.get('ResourceType') === resourceType,
  );
  return readTags(specifications.flatMap((specification) => structuresOf(specification, 'Tag')));
}

/** @param structures each with `Key` and perhaps `Value`. */
export function readTags(structures: Parameters[]): Map<string, string> {
  return new Map(structures.map((tag) => [required(tag, 'Key'), tag.get('Value') ?? '']));
}
