import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ContractDocument, readContractText } from './http/contract-document.ts';

const PACKAGE = resolve(import.meta.dirname, '../package.json');

/** What runs here: the service's version, its contract's and Node's, by the names of a metric's labels. */
export function readVersions(): { version: string; contract_version: string; node_version: string } {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  const { info } = JSON.parse(readContractText()) as ContractDocument;
  return { version, contract_version: info.version, node_version: process.versions.node };
}
