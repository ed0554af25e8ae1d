import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';

/** A file of the configuration cannot be used; every fault is listed. */
export class FileFaultsError extends Error {
  override name = 'FileFaultsError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/** Reads a YAML file. @throws FileFaultsError */
export function readYamlFile(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new FileFaultsError([`cannot be read: ${(error as Error).message.split('\n')[0]}`]);
  }
}

/** A fault of a file's content, with its place in it. */
export function describeFault({ path, input, message }: z.core.$ZodIssue): string {
  const fault = input === undefined ? 'is required' : message;
  return path.length === 0 ? fault : `${path.join('.')}: ${fault}`;
}
