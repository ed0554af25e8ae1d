import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { remember } from './remember.ts';
import { createResource, type Resource } from './resource.ts';

/** Every file that the documentation's pages load, by the name that it has in their addresses. */
const FILES = {
  'docs.css': () => join(import.meta.dirname, 'docs.css'),
  'reference.css': () => join(import.meta.dirname, 'reference.css'),
  'reference.js': () => join(import.meta.dirname, 'reference.js'),
  'swagger-ui.css': () => inPackage('swagger-ui.css'),
  'swagger-ui.js': () => inPackage('swagger-ui-bundle.js'),
} as const;

export type AssetName = keyof typeof FILES;

/** The files of the documentation's pages. Nothing is read before a page asks for it, and nothing is kept but what is compressed. */
export interface DocsAssets {
  /** The path of a file, which changes with its content: it may be cached for ever. */
  pathOf(name: AssetName): Promise<string>;
  /** What has that file name, or had it in another version of the server; null: there is no such file. */
  find(fileName: string): Promise<{ resource: Resource; isCurrent: boolean } | null>;
}

export function createDocsAssets(): DocsAssets {
  const loaders = new Map(
    Object.entries(FILES).map(([name, locate]) => [
      name,
      remember(() => createResource(extname(name), () => readFile(locate()))),
    ]),
  );
  const load = async (name: AssetName): Promise<Resource> => (loaders.get(name) as () => Promise<Resource>)();
  return {
    async pathOf(name) {
      const { hash } = await load(name);
      return `/docs/assets/${name.replace('.', `-${hash}.`)}`;
    },
    async find(fileName) {
      const [, stem, hash, ending] = /^([a-z-]+)-([0-9a-f]{10})(\.(?:css|js))$/.exec(fileName) ?? [];
      const loader = loaders.get(`${stem}${ending}`);
      if (!loader) return null;
      const resource = await loader();
      return { resource, isCurrent: resource.hash === hash };
    },
  };
}

function inPackage(file: string): string {
  return fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`));
}
