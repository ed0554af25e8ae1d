import { isBuiltin } from 'node:module';
import { bundle } from './bundle.ts';
import { WEB_ENTRIES } from './entries.ts';

/** Globals of Node that browsers lack. Not `global`: XState asks first whether there is one. */
const GLOBALS = ['Buffer', 'process', 'require', 'module', '__dirname', '__filename', 'setImmediate'];

/** What Chromium 103 lacks as well, which is inside of OBS 29: by MDN's tables all of these came later. */
const TOO_NEW = [
  'AbortSignal.any',
  'Array.fromAsync',
  'Map.groupBy',
  'Object.groupBy',
  'Promise.try',
  'Promise.withResolvers',
  'URL.canParse',
  'URL.parse',
];

/** Stands in for them where they mean the global one and not a variable or a property of that name. */
const MARK = '__telemy_only_in_node__';

/**
 * Looks for what only Node or newer browsers have in everything that browsers load, dependencies included. New methods of
 * instances can't be told from others by their name; they are not found.
 *
 * @returns one line for each entry point and what it uses.
 */
export async function findNodeOnly({ lib, root }: { lib: string; root: string }): Promise<string[]> {
  const names = [...GLOBALS, ...TOO_NEW];
  const define = Object.fromEntries(
    names.flatMap((name, at) => [name, `globalThis.${name}`].map((use) => [use, `${MARK}[${at}]`])),
  );
  const found = WEB_ENTRIES.map(async ({ subpath, name }) => {
    const code = `export * from './${name}.js';`;
    const chunk = await bundle({ code, from: lib, root, define });
    const builtins = [...chunk.imports, ...chunk.dynamicImports].filter((id) => isBuiltin(id));
    const marks = chunk.code.matchAll(new RegExp(`${MARK}\\[(\\d+)\\]`, 'g'));
    const globals = Array.from(marks, ([, at]) => names[Number(at)]);
    return [...new Set([...builtins, ...globals])].map((use) => `${subpath} uses ${use}, which some browsers lack.`);
  });
  return (await Promise.all(found)).flat();
}
