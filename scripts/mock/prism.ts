import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import type { ListenAddress } from '../../src/config.ts';
import { onEndSignal } from '../../src/end-signal.ts';
import { type RunningServer, startServer } from '../../src/http/server.ts';
import type { Node } from '../contract-lint/document.ts';
import { readAnswers } from './answers.ts';
import { createFront } from './front.ts';
import { toPrismDocument } from './prism-document.ts';
import { addressIn, type PrismProcess, spawnPrism } from './prism-process.ts';

const CONTRACT = resolve(import.meta.dirname, '../../openapi.yaml');

/**
 * Answers with the contract's examples, until a signal comes or Prism ends.
 *
 * @returns the code to end with.
 */
export async function runExamples({ host, port }: { host: string; port: number }): Promise<number> {
  const contract = parse(await readFile(CONTRACT, 'utf8')) as Node;
  const prismUrl = Promise.withResolvers<string>();
  // First of all: a port that is taken is told at once.
  const front = await listen(createFront(prismUrl.promise, readAnswers(contract)), { host, port });
  if (!front) return 1;
  const folder = await mkdtemp(join(tmpdir(), 'telemy-mock-'));
  try {
    const file = join(folder, 'openapi.json');
    await writeFile(file, JSON.stringify(toPrismDocument(contract)));
    return await runPrism(file, (url) => {
      prismUrl.resolve(url);
      sayWhere(front.url);
    });
  } finally {
    prismUrl.reject(new Error('it has ended'));
    prismUrl.promise.catch(() => undefined);
    await front.drain(0);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Undefined, and said, where the port is taken. */
async function listen(front: RequestListener, address: ListenAddress): Promise<RunningServer | undefined> {
  try {
    return await startServer(front, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    console.error(`The mock did not start: port ${address.port} is taken. Choose another one with --port, 0 for any.`);
    return undefined;
  }
}

async function runPrism(file: string, onListening: (url: string) => void): Promise<number> {
  const prism = spawnPrism('mock', file);
  let asked = false;
  onEndSignal(() => {
    asked = true;
    prism.kill('SIGTERM');
  });
  const [[code]] = await Promise.all([once(prism, 'exit') as Promise<[number | null]>, tell(prism, onListening)]);
  return asked ? 0 : (code ?? 1);
}

/** Prints what Prism says once it listens; of a failed start only the reason. */
async function tell({ stdout, stderr }: PrismProcess, onListening: (url: string) => void): Promise<void> {
  let started = false;
  let complaint = '';
  stderr.on('data', (chunk: Buffer) => {
    if (started) process.stderr.write(chunk);
    else complaint += chunk;
  });
  for await (const line of createInterface({ input: stdout })) {
    if (started) console.log(line);
    const url = addressIn(line);
    if (started || url === undefined) continue;
    started = true;
    onListening(url);
  }
  if (!started) console.error(`The mock did not start: ${complaint.trim().split('\n').at(-1)}`);
}

function sayWhere(url: string): void {
  console.log(`The mock of the Telemy control plane listens on ${url}/api/v1

Try:
  curl -si ${url}/api/v1/relay/active -H 'Authorization: Bearer anything'
  curl -si ${url}/api/v1/relay/active -H 'Authorization: Bearer anything' -H 'Prefer: code=429'
  curl -si ${url}/api/v1/relay/active -H 'Authorization: Bearer anything' -H 'Prefer: example=starting_docker'

Any credentials will do, none get 401. A code or an example that there isn't is answered with a list of those that
there are; -H 'Prefer: dynamic=true' has an answer made up. README.md has twenty situations with their calls.
For whole lives of relays: npm run mock -- --stateful
End it with Ctrl-C.
`);
}
