import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/**
 * Asks publint and Are The Types Wrong whether everyone who installs the tarball gets what its package.json promises.
 *
 * @returns one line for each problem.
 */
export async function lintTarball(path: string): Promise<string[]> {
  const data = await readFile(path);
  const found = await Promise.all([askPublint(data), askTypes(data)]);
  return found.flat();
}

async function askPublint(data: Buffer<ArrayBuffer>): Promise<string[]> {
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
}

async function askTypes(data: Uint8Array): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(data));
  if (!result.types) return ['types: the package has none'];
  return result.problems.filter((problem) => !isOfOldNode(problem)).map(describe);
}

/** `node10` knows no exports map; the Node that the SDK needs is newer. */
function isOfOldNode(problem: Problem): boolean {
  return 'resolutionKind' in problem && problem.resolutionKind === 'node10';
}

/** Of a problem's parts those for people: entry point, way of resolving and files. */
function describe({ kind, ...parts }: Problem): string {
  const facts = Object.values(parts).filter((part) => typeof part === 'string');
  return `types: ${problemKindInfo[kind].title}: ${facts.join(', ')}`;
}
