import { isBuiltin } from 'node:module';
import { bundle } from './bundle.ts';
import { WEB_ENTRIES } from './entries.ts';

/** Globals of Node that browsers lack. Not `global`: XState asks first whether there is one. */
const GLOBALS = ['Buffer', 'process', 'require', 'module', '__dirname', '__filename', 'setImmediate'];

/** Stands in for them where they mean the global one and not a variable or a property of that name. */
const MARK = '__telemy_only_in_node__';

/**
 * Looks for what only Node has in everything that browsers load, dependencies included.
 *
 * @returns one line for each entry point and what it uses.
 */
export async function findNodeOnly({ lib, root }: { lib: string; root: string }): Promise<string[]> {
  const define = Object.fromEntries(
    GLOBALS.flatMap((name) => [name, `globalThis.${name}`].map((use) => [use, `${MARK}.${name}`])),
  );
  const found = WEB_ENTRIES.map(async ({ subpath, name }) => {
    const code = `export * from './${name}.js';`;
    const chunk = await bundle({ code, from: lib, root, define });
    const builtins = [...chunk.imports, ...chunk.dynamicImports].filter((id) => isBuiltin(id));
    const globals = Array.from(chunk.code.matchAll(new RegExp(`${MARK}\\.(\\w+)`, 'g')), ([, name]) => name);
    return [...new Set([...builtins, ...globals])].map((use) => `${subpath} uses ${use}, which browsers lack.`);
  });
  return (await Promise.all(found)).flat();
}
