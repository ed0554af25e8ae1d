import { AwsError } from '../aws-error.ts';
import { listOf, type Parameters, required, structuresOf } from '../http/parameters.ts';
import type { Tags } from '../state.ts';

/** By filter name: the values that a thing has for it. A filter fits if one of them is among its own. */
export type FilterValues<T> = Record<string, (thing: T) => (string | undefined)[]>;

/**
 * The things that all filters of a call fit. `tag:KEY` and `tag-key` work on everything that has tags. In values `*`
 * stands for any characters and `?` for one.
 *
 * @throws AwsError for a filter that isn't known.
 */
export function filterBy<T extends { tags: Tags }>(parameters: Parameters, things: T[], known: FilterValues<T>): T[] {
  const tests = structuresOf(parameters, 'Filter').map((filter) => {
    const valuesOf = readFilter(required(filter, 'Name'), known);
    const patterns = listOf(filter, 'Value').map(toPattern);
    return (thing: T) =>
      valuesOf(thing).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value)));
  });
  return things.filter((thing) => tests.every((test) => test(thing)));
}

function readFilter<T extends { tags: Tags }>(
  name: string,
  known: FilterValues<T>,
): (thing: T) => (string | undefined)[] {
  if (name.startsWith('tag:')) return (thing) => [thing.tags.get(name.slice('tag:'.length))];
  if (name === 'tag-key') return (thing) => [...thing.tags.keys()];
  const valuesOf = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!valuesOf) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return valuesOf;
}

function toPattern(value: string): RegExp {
  const source = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
