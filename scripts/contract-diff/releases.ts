import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isNode, type Node, nodeOf } from '../contract-lint/document.ts';
import { basePathsOf } from './index.ts';

/** A contract with the version that it says it has. */
export interface VersionedContract {
  /** As in `info.version`: three numbers. */
  version: string;
  document: Node;
}

const FILE = /^(\d+\.\d+\.\d+)\.json$/;

/** Reads a contract from YAML or JSON. @throws Error that names the file when it is no contract with a version of three numbers. */
export async function readContractFile(file: string): Promise<VersionedContract> {
  const document = await readDocument(file).catch((error: Error) => {
    throw new Error(`${file} cannot be read as a contract. Name another file, or mend it: ${error.message}`);
  });
  const version = String(nodeOf(document.info).version);
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(`${file}: info.version is '${version}'; it must be three numbers, such as 1.2.0.`);
  }
  return { version, document };
}

/** The newest released contract of a folder; undefined when it holds none. */
export async function readLastRelease(folder: string): Promise<VersionedContract | undefined> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const versions = names.flatMap((name) => FILE.exec(name)?.[1] ?? []).sort(compareVersions);
  const last = versions.at(-1);
  return last === undefined ? undefined : readContractFile(join(folder, `${last}.json`));
}

async function readDocument(file: string): Promise<Node> {
  const text = await readFile(file, 'utf8');
  // The YAML reader would take several times as long for JSON.
  const document: unknown = file.endsWith('.json') ? JSON.parse(text) : parse(text);
  if (!isNode(document)) throw new Error('it is no object');
  return document;
}

/** Keeps a contract as the newest released one, in lines that a diff can show. Returns its file. */
export async function writeRelease(folder: string, { version, document }: VersionedContract): Promise<string> {
  const file = join(folder, `${version}.json`);
  await mkdir(folder, { recursive: true });
  // Never over a contract that clients were written against.
  await writeFile(file, `${JSON.stringify(document, null, 1)}\n`, { flag: 'wx' });
  return file;
}

/** Negative when the first version is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const differences = (left ?? []).map((part, index) => part - (right?.[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** Whether a contract may break the released one's clients: it is a new major version, and leaves them their base path. */
export function mayBreak(released: VersionedContract, current: VersionedContract): boolean {
  const [was, is] = [released, current].map(({ version }) => Number(version.split('.')[0]));
  const taken = basePathsOf(released.document);
  return Number(is) > Number(was) && !basePathsOf(current.document).some((url) => taken.includes(url));
}
