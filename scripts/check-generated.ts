/**
 * Generates everything from openapi.yaml again, into a folder of its own, and compares it with `generated/` byte by byte
 * (released contracts excepted: they follow from nothing).
 * Run by `npm run check`; ends with 1 when the committed files aren't what the contract says.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { generate, RELEASED } from './generate.ts';

const GENERATED = resolve(import.meta.dirname, '../generated');

const fresh = await mkdtemp(join(tmpdir(), 'telemy-generated-'));
try {
  await generate(fresh);
  const differences = await compareFolders(GENERATED, fresh);
  if (differences.length === 0) {
    console.log('OK: generated/ is what openapi.yaml says.');
  } else {
    console.error(`generated/ is not what openapi.yaml says:\n${differences.map((line) => `  ${line}`).join('\n')}`);
    console.error('Run `npm run generate` and commit the result.');
    process.exitCode = 1;
  }
} finally {
  await rm(fresh, { recursive: true, force: true });
}

/** One line for each file of either folder that the other has not, or has otherwise. */
async function compareFolders(committed: string, expected: string): Promise<string[]> {
  const [have, want] = await Promise.all([readFiles(committed), readFiles(expected)]);
  const names = [...new Set([...have.keys(), ...want.keys()])].filter((name) => dirname(name) !== RELEASED).sort();
  return names.flatMap((name) => {
    const [a, b] = [have.get(name), want.get(name)];
    if (a && b) return a.equals(b) ? [] : [`generated/${name} differs`];
    return [`generated/${name} ${a ? 'does not belong there' : 'is missing'}`];
  });
}

async function readFiles(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(
    files.map(async (path) => [relative(folder, path), await readFile(path)] as const),
  );
  return new Map(contents);
}
