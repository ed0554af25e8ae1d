/**
 * Serves the contract's examples under /api/v1, by Prism: something to write a client against, without a server.
 * Run by `npm run mock`; ends on SIGINT or SIGTERM.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Command, InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { toPrismDocument } from './mock/prism-document.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CONTRACT = resolve(ROOT, 'openapi.yaml');
const PRISM = resolve(ROOT, 'node_modules/@stoplight/prism-cli/dist/index.js');

const options = new Command('mock')
  .description("Answers every operation with the contract's examples, under /api/v1.")
  .option('--port <port>', 'where to listen; 0 takes a free port', readPort, 4010)
  .option('--host <host>', 'on which address', '127.0.0.1')
  .parse()
  .opts<{ port: number; host: string }>();

const folder = await mkdtemp(join(tmpdir(), 'telemy-mock-'));
try {
  const file = join(folder, 'openapi.json');
  await writeFile(file, JSON.stringify(toPrismDocument(parse(await readFile(CONTRACT, 'utf8')))));
  process.exitCode = await runPrism(file);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Runs until Prism ends or a signal comes. Returns the code to end with. */
async function runPrism(file: string): Promise<number> {
  const args = ['mock', file, '--port', String(options.port), '--host', options.host, '--multiprocess', 'false'];
  const prism = spawn(process.execPath, [PRISM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      asked = true;
      prism.kill('SIGTERM');
    });
  }
  const [[code]] = await Promise.all([once(prism, 'exit') as Promise<[number | null]>, tell(prism)]);
  return asked ? 0 : (code ?? 1);
}

/** Prints where the mock is once it listens, and what Prism says from then on; of a failed start only the reason. */
async function tell({ stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  let started = false;
  let complaint = '';
  stderr.on('data', (chunk: Buffer) => {
    if (started) process.stderr.write(chunk);
    else complaint += chunk;
  });
  for await (const line of createInterface({ input: stdout })) {
    if (started) console.log(line);
    const url = /Prism is listening on (\S+)/.exec(line)?.[1];
    if (started || url === undefined) continue;
    started = true;
    sayWhere(url);
  }
  if (!started) console.error(`The mock did not start: ${complaint.trim().split('\n').at(-1)}`);
}

function sayWhere(url: string): void {
  console.log(`The mock of the Telemy control plane listens on ${url}/api/v1

Try:
  curl -s ${url}/api/v1/relay/active -H 'Authorization: Bearer anything'

Any credentials will do, none get 401. Choose an answer by its status with -H 'Prefer: code=429', and
have one made up with -H 'Prefer: dynamic=true'.
End it with Ctrl-C.
`);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}
