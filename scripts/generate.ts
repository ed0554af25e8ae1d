/**
 * Writes everything that is derived from openapi.yaml: the typed client (generated/sdk), and the handlers' operation
 * types and the contract as JSON (generated/server). Run by `npm run generate`; `npm run check` fails when the result isn't committed.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { parse } from 'yaml';

interface ContractOperation {
  operationId: string;
  security: Record<string, string[]>[];
  responses: Record<string, unknown>;
}

interface ContractPaths {
  paths: Record<string, Record<string, ContractOperation>>;
}

const CONTRACT = resolve(import.meta.dirname, '../openapi.yaml');
/** The folder of contracts that were released; scripts/check-breaking.ts writes it. */
export const RELEASED = 'released';

/** Generates into `outputDir` (default: `generated/`), replacing all but the released contracts, which aren't derived. */
export async function generate(outputDir = resolve(import.meta.dirname, '../generated')): Promise<void> {
  await mkdir(outputDir, { recursive: true });
  const stale = (await readdir(outputDir)).filter((name) => name !== RELEASED);
  for (const name of stale) await rm(join(outputDir, name), { recursive: true, force: true });
  await createClient({
    input: CONTRACT,
    output: { path: join(outputDir, 'sdk'), importFileExtension: '.ts', clean: true },
    logs: { level: 'warn', file: false },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  });
  const contract = parse(await readFile(CONTRACT, 'utf8')) as ContractPaths;
  await mkdir(join(outputDir, 'server'), { recursive: true });
  await writeFile(join(outputDir, 'server', 'operations.gen.ts'), renderOperations(contract));
  // Read at the start instead of the YAML, which takes ten times as long to parse.
  await writeFile(join(outputDir, 'server', 'openapi.gen.json'), `${JSON.stringify(contract)}\n`);
}

function renderOperations(contract: ContractPaths): string {
  const operations = Object.values(contract.paths).flatMap((path) =>
    Object.values(path).filter((op) => op.operationId),
  );
  const entries = operations.map((operation) => {
    const name = operation.operationId.charAt(0).toUpperCase() + operation.operationId.slice(1);
    return `  ${operation.operationId}: {
    data: api.${name}Data;
    responses: api.${name}Responses${renderRedirects(operation)};
    errors: api.${name}Errors;
    security: ${renderSecurity(operation.security)};
  };`;
  });
  return `// This file is generated from openapi.yaml by \`npm run generate\`. Do not edit it.
import type * as api from '../sdk/types.gen.ts';

/** What the contract says of each operation: its input, its results by status, and the schemes that guard it. */
export interface Operations {
${entries.join('\n')}
}
`;
}

/** The generator leaves 3xx out of its result types, yet a handler may answer with a declared one. */
function renderRedirects(operation: ContractOperation): string {
  const statuses = Object.keys(operation.responses).filter((status) => status.startsWith('3'));
  return statuses.map((status) => ` & { ${status}: void }`).join('');
}

/** One scheme is always there when the handler runs; of several alternatives, each may be absent. */
function renderSecurity(security: Record<string, string[]>[]): string {
  const schemes = security.flatMap((requirement) => Object.keys(requirement));
  const mark = schemes.length > 1 ? '?' : '';
  return schemes.length === 0
    ? 'Record<never, never>'
    : `{ ${schemes.map((name) => `${name}${mark}: true`).join('; ')} }`;
}

if (import.meta.main) await generate();
