import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes; what is in it depends on its kind. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: the schemas have looked at it.
  spec?: any;
}

/** A manifest and the file that it stands in. */
export interface Placed {
  /** From the folder that was read, with slashes. */
  file: string;
  manifest: Manifest;
}

/** Every file below the folder that holds YAML, by its path from there. */
export function readFiles(folder: string): Map<string, string> {
  const names = globSync('**/*.yaml', { cwd: folder, exclude: (name) => name.endsWith('secrets') }).sort();
  return new Map(names.map((name) => [name.replaceAll('\\', '/'), readFileSync(join(folder, name), 'utf8')]));
}

/**
 * The manifests of a text, which may be several.
 *
 * @throws Error for text that isn't YAML; a key that stands twice is one of its faults.
 */
export function parseManifests(file: string, text: string): Placed[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [fault] = document.errors;
    if (fault) throw new Error(`${file}: ${fault.message}`);
    const manifest = document.toJS() as Manifest | null;
    return manifest?.kind === undefined ? [] : [{ file, manifest }];
  });
}

/** What is said of a manifest in a fault. */
export function nameOf({ file, manifest }: Placed): string {
  return `${file}: ${manifest.kind} ${manifest.metadata.name}`;
}
