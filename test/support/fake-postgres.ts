import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a stand-in of pg_dump does when it is to dump. */
export interface FakeDump {
  /** Shell commands; `$@` are its arguments. Default: it writes a few bytes. */
  script?: string;
  /** What it says its major version is. Default: that of the embedded PostgreSQL. */
  major?: number;
}

/** Makes a folder with a stand-in of pg_dump, to see how it is called and what its faults lead to; returns the folder. */
export async function makeFakePostgres(parent: string, { script = 'printf dump', major = 16 }: FakeDump = {}) {
  const folder = join(parent, `fake-postgres-${major}`);
  await mkdir(folder, { recursive: true });
  const lines = ['#!/bin/sh', `[ "$1" = --version ] && echo "pg_dump (PostgreSQL) ${major}.1" && exit`, script];
  await writeFile(join(folder, 'pg_dump'), `${lines.join('\n')}\n`, { mode: 0o755 });
  return folder;
}
