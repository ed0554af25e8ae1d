/**
 * Compares openapi.yaml with the contract that was released last (generated/released), and tells what would break its
 * clients. Run by `npm run check`; `npm run release-contract` keeps the contract as the next released one.
 */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { compareContracts, type Finding } from './contract-diff/index.ts';
import {
  compareVersions,
  mayBreak,
  readContractFile,
  readLastRelease,
  type VersionedContract,
  writeRelease,
} from './contract-diff/releases.ts';
import { countFindings, renderReport } from './contract-diff/report.ts';

interface Options {
  contract: string;
  releases: string;
  release?: boolean;
  json?: boolean;
}

const ROOT = resolve(import.meta.dirname, '..');
const NEW_MAJOR =
  'What breaks clients needs a new major version in info.version and a base path of its own in servers, so that the old one goes on.';

const options = new Command('check-breaking')
  .description('Tells what in openapi.yaml would break the clients of the contract that was released last.')
  .option('--contract <file>', 'the contract to look at', resolve(ROOT, 'openapi.yaml'))
  .option('--releases <folder>', 'where released contracts are kept', resolve(ROOT, 'generated/released'))
  .option('--release', 'keep the contract as the next release, unless it breaks without a new major version')
  .option('--json', 'print the findings as JSON')
  .addHelpText('after', '\nEnds with 1 when there are errors. Warnings are told, and may be released.')
  .parse()
  .opts<Options>();

try {
  await main(options);
} catch (error) {
  fail((error as Error).message);
}

async function main({ contract, releases, release, json }: Options): Promise<void> {
  const current = await readContractFile(contract);
  const released = await readLastRelease(releases);
  if (!released) {
    if (release) return keep(releases, current);
    return fail(`${shown(releases)} holds no released contract. Run \`npm run release-contract\` to keep the first.`);
  }
  const findings = compareContracts(released.document, current.document, { now: new Date() });
  const order = compareVersions(current.version, released.version);
  const isBroken = findings.some(({ severity }) => severity === 'error') && !mayBreak(released, current);
  if (json) console.log(JSON.stringify({ released: released.version, current: current.version, findings }, null, 2));
  else tell(findings, released, current);
  if (isBroken) return fail(NEW_MAJOR);
  if (order < 0) return fail(`info.version is ${current.version}, but ${released.version} is released: raise it.`);
  if (release && order === 0)
    return fail(`${current.version} is released already: raise info.version in openapi.yaml.`);
  if (release) await keep(releases, current);
}

function tell(findings: Finding[], released: VersionedContract, current: VersionedContract): void {
  const versions = `${current.version} compared with the released ${released.version}`;
  if (findings.length === 0) console.log(`OK: nothing breaks clients (${versions}).`);
  else console.log(`${renderReport(findings)}\n\n${versions}: ${countFindings(findings)}.`);
}

async function keep(folder: string, contract: VersionedContract): Promise<void> {
  const file = await writeRelease(folder, contract);
  // Standard output may be read as JSON.
  console.error(`Released ${contract.version}: commit ${shown(file)}.`);
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
