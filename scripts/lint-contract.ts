/**
 * Checks openapi.yaml by our own rules (scripts/contract-lint) and by Redocly's recommended ones. Run by `npm run check`; prints one line for each fault and
 * ends with 1 if there are any.
 */
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { lintContract, RULES } from './contract-lint/index.ts';
import { lintByRedocly } from './contract-lint/redocly.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Lints a contract, by default this project's, against the feature folders of this project. */
export async function lintContractFile(file = resolve(ROOT, 'openapi.yaml')): Promise<string[]> {
  const [text, entries] = await Promise.all([
    readFile(file, 'utf8'),
    readdir(resolve(ROOT, 'src/features'), { withFileTypes: true }),
  ]);
  const features = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const faults = lintContract(parse(text), { features });
  const own = faults.map(({ pointer, message, rule }) => `${pointer}: ${message} (${rule})`);
  return [...own, ...(await lintByRedocly(text))];
}

if (import.meta.main) {
  const lines = await lintContractFile();
  for (const line of lines) console.error(line);
  if (lines.length > 0) process.exitCode = 1;
  else console.log(`OK: openapi.yaml keeps all ${Object.keys(RULES).length} rules, and Redocly's.`);
}
