import { cp, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createPackageFromTarballData } from '@arethetypeswrong/core';
import { DEPENDENCIES, LIB, OPTIONAL_PEERS, PACKAGE_NAME } from '../../scripts/sdk-pack/entries.ts';
import { packSdk } from '../../scripts/sdk-pack/pack.ts';
import { eventually } from './eventually.ts';

/** Folder of the repository. */
export const ROOT = resolve(import.meta.dirname, '../..');

const PROGRAMS = resolve(import.meta.dirname, '../sdk/package/programs');

/** A user's project, outside of the repository, with the packed SDK installed. */
export interface PackedSdk {
  project: string;
  /** Folder of the SDK's built files. */
  lib: string;
  tarball: string;
}

interface Packing {
  sdk?: PackedSdk;
  error?: string;
}

/**
 * Packs and installs the SDK before the tests of the surrounding `describe`. All processes of a run share one: leave it
 * as it is.
 */
export function usePackedSdk(): () => PackedSdk {
  let sdk: PackedSdk | undefined;
  before(async function () {
    this.timeout(60_000);
    sdk = await packOnce();
  });
  return () => {
    if (!sdk) throw new Error('The packed SDK is there only while tests run.');
    return sdk;
  };
}

/** The first process of the run that makes the folder packs; all others wait for what it says. */
async function packOnce(): Promise<PackedSdk> {
  // The temporary folder is the run's own.
  const folder = join(tmpdir(), 'packed-sdk');
  const outcome = join(folder, 'outcome.json');
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (isFirst) await announce(outcome, await packInto(folder));
  const { sdk, error } = await eventually(() => read(outcome), { timeoutMs: 50_000, intervalMs: 50 });
  if (!sdk) throw new Error(`The SDK could not be packed: ${error}`);
  return sdk;
}

async function packInto(folder: string): Promise<Packing> {
  try {
    const { tarball } = await packSdk({ root: ROOT, out: join(folder, 'package') });
    const project = join(folder, 'project');
    return { sdk: { project, tarball, lib: await install(tarball, project) } };
  } catch (error) {
    return { error: String(error) };
  }
}

async function announce(path: string, packing: Packing): Promise<void> {
  await writeFile(`${path}.draft`, JSON.stringify(packing));
  // Nobody reads half of it.
  await rename(`${path}.draft`, path);
}

async function read(path: string): Promise<Packing> {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** What `npm install` would do, without a registry: unpacks the SDK, and takes what it needs from the repository. */
async function install(tarball: string, project: string): Promise<string> {
  const unpacked = createPackageFromTarballData(await readFile(tarball));
  for (const path of unpacked.listFiles()) await write(join(project, path), unpacked.readFile(path));
  for (const name of [...DEPENDENCIES, ...OPTIONAL_PEERS]) {
    const link = join(project, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link, 'junction');
  }
  await cp(PROGRAMS, project, { recursive: true });
  return join(project, 'node_modules', PACKAGE_NAME, LIB);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
