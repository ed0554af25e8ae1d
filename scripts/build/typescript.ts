import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/**
 * Compiles what `tsconfig.build.json` names. It follows no import, so that the stand-ins in test/, which development
 * loads when they are there, need not be.
 *
 * @throws Error with what the compiler said.
 */
export async function compile(root: string, out: string): Promise<void> {
  const compiler = resolve(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', resolve(root, 'tsconfig.build.json'), '--outDir', out];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(said.trim() || `the compiler ended with ${code}`);
}
