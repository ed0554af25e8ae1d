import { posix } from 'node:path';
import { parse } from 'yaml';

/** What our rules look at of a kustomization.yaml. */
export interface Kustomization {
  resources?: string[];
  components?: string[];
  configMapGenerator?: { name: string; envs?: string[]; files?: string[] }[];
  secretGenerator?: { name: string; files?: string[] }[];
}

const FILE = 'kustomization.yaml';

/** The kustomizations among the files, by the folder they stand in. */
export function readKustomizations(files: ReadonlyMap<string, string>): Map<string, Kustomization> {
  const found = [...files].filter(([name]) => posix.basename(name) === FILE);
  return new Map(found.map(([name, text]) => [posix.dirname(name), parse(text) as Kustomization]));
}

/** Files that no kustomization lists, and what is listed without being there. */
export function kustomizationFaults(
  files: ReadonlyMap<string, string>,
  kustomizations: ReadonlyMap<string, Kustomization>,
): string[] {
  const listed = [...kustomizations].flatMap(([folder, one]) =>
    [...(one.resources ?? []), ...(one.components ?? []), ...generated(one)].map((name) => ({
      by: folder,
      path: posix.join(folder, name),
    })),
  );
  const isListed = (name: string) => listed.some(({ path }) => path === name);
  return [
    ...[...files.keys()]
      .filter((name) => posix.basename(name) !== FILE && !isListed(name))
      .map((name) => `${name} is in no ${FILE}`),
    ...listed
      .filter(({ path }) => path.endsWith('.yaml') && !files.has(path))
      .map(({ by, path }) => `${by}/${FILE} lists ${path}, which doesn't exist`),
    ...listed
      .filter(({ path }) => posix.extname(path) === '' && !kustomizations.has(path) && !path.includes('/secrets/'))
      .map(({ by, path }) => `${by}/${FILE} lists ${path}, which has no ${FILE}`),
  ];
}

/** Files that become content of a ConfigMap. */
function generated({ configMapGenerator = [] }: Kustomization): string[] {
  return configMapGenerator.flatMap(({ files = [] }) => files.map((file) => file.replace(/^[^=]+=/, '')));
}
