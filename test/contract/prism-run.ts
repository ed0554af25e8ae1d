import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { toPrismDocument } from '../../scripts/mock/prism-document.ts';
import { addressIn, spawnPrism } from '../../scripts/mock/prism-process.ts';
import {
  type ContractRun,
  isSuccess,
  onlyOperation,
  type PreparedRequest,
  type PreparedRequests,
  type RunDocument,
  requestsOf,
  statusOf,
} from './prepared-request.ts';

export interface PrismOptions {
  /** The contract's file, YAML or JSON. */
  openapi: string;
  /** Scheme, host and port of the server under test. */
  url: string;
  /** Those for statuses below 400 are sent, one after the other; the rest is left alone. */
  requests: PreparedRequests;
  /** The `operationId` of the one operation to look at. */
  only?: string;
}

/** A running `prism proxy`. */
interface PrismProxy {
  url: string;
  stop(): Promise<void>;
}

/** For one answer. */
const LIMIT_MS = 20_000;
/** For Prism to start. */
const START_LIMIT_MS = 60_000;
/** Of an answer that failed, in characters. */
const SHOWN = 600;

/**
 * Sends the prepared requests for successes through `prism proxy --errors`, in a process of its own: it holds request and
 * answer against the contract. Any violation that it tells fails, and so does any other status than the wanted one.
 *
 * @throws Error with all that Prism said when it does not start within a minute.
 */
export async function runPrismProxy(options: PrismOptions): Promise<ContractRun> {
  const whole = parse(await readFile(options.openapi, 'utf8')) as RunDocument;
  const contract = options.only === undefined ? whole : onlyOperation(whole, options.only);
  const requests = options.only === undefined ? options.requests : requestsOf(contract, options.requests);
  const successes = Object.entries(requests).filter(([key]) => isSuccess(key));
  const folder = await mkdtemp(join(tmpdir(), 'telemy-prism-'));
  let proxy: PrismProxy | undefined;
  try {
    const file = join(folder, 'openapi.json');
    await writeFile(file, JSON.stringify(toPrismDocument({ ...contract })));
    proxy = await startProxy(file, options.url);
    const run: ContractRun = { passing: 0, failing: 0, skipped: 0, passed: [], failures: [] };
    for (const [key, request] of successes) {
      const fault = await findFault(proxy.url, key, request);
      if (fault === undefined) run.passed.push(key);
      else run.failures.push(`${key}: ${fault}`);
    }
    return { ...run, passing: run.passed.length, failing: run.failures.length };
  } finally {
    await proxy?.stop();
    await rm(folder, { recursive: true });
  }
}

/** What is wrong with the answer to a request by way of the proxy; undefined for a good one. */
async function findFault(proxyUrl: string, key: string, request: PreparedRequest): Promise<string | undefined> {
  const { path, headers, body } = request;
  const method = key.split(' ')[0] as string;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const options = { method, headers, signal, ...(body === undefined ? {} : { body }) };
  const answer = await fetch(`${proxyUrl}${path}`, options)
    .then(async (response) => ({ response, text: await response.text() }))
    .catch((error: Error) => error);
  if (answer instanceof Error) return `no answer: ${answer.message}`;
  const { response, text } = answer;
  // Prism's own word on what it lets pass all the same.
  const violations = response.headers.get('sl-violations');
  if (violations !== null) return violations.slice(0, SHOWN);
  if (response.status === statusOf(key)) return undefined;
  return `answered ${response.status} ${text.slice(0, SHOWN)}`;
}

async function startProxy(file: string, upstream: string): Promise<PrismProxy> {
  const prism = spawnPrism('proxy', file, upstream, '--errors');
  const exited = once(prism, 'exit');
  const end = () => void prism.kill('SIGKILL');
  process.once('exit', end);
  let said = '';
  prism.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const tooLate = setTimeout(end, START_LIMIT_MS);
  const url = await new Promise<string>((found, failed) => {
    createInterface({ input: prism.stdout })
      .on('line', (line) => {
        said += `${line}\n`;
        const listening = addressIn(line);
        if (listening !== undefined) found(listening);
      })
      .on('close', () => failed(new Error(`Prism did not start:\n${said}`)));
  }).finally(() => clearTimeout(tooLate));
  return {
    url,
    async stop() {
      prism.kill('SIGTERM');
      await exited;
      process.off('exit', end);
    },
  };
}
