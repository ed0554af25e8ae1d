import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import {
  type ContractRun,
  onlyOperation,
  type PreparedRequests,
  type RunDocument,
  requestsOf,
} from './prepared-request.ts';

export interface DreddOptions {
  /** The contract's file, YAML or JSON. */
  openapi: string;
  /** Scheme, host and port of the server under test. */
  url: string;
  requests: PreparedRequests;
  /** Another file of hooks than ours, as a path. */
  hooks?: string;
  /** The `operationId` of the one operation to look at. */
  only?: string;
}

/** What became of one transaction of Dredd's. */
interface Transaction {
  key: string;
  status: 'pass' | 'fail' | 'skip' | 'error';
  message: string;
  /** Absent without an answer. */
  answer?: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
const DREDD = resolve(ROOT, 'node_modules/dredd/bin/dredd');
const HOOKS = resolve(import.meta.dirname, 'dredd-hooks.cjs');
const LIMIT_MS = 120_000;
/** Of an answer that failed, in characters. */
const SHOWN = 400;

/**
 * Sends every prepared request by Dredd, in a process of its own, and holds the answers against the contract: status,
 * names of headers, content type, body by its schema. A declared status without a prepared request fails, and so does a
 * request whose status isn't declared.
 *
 * @throws Error with all that Dredd said when the hooks did not run or did not end, or after two minutes.
 */
export async function runDredd(options: DreddOptions): Promise<ContractRun> {
  const folder = await mkdtemp(join(tmpdir(), 'telemy-dredd-'));
  try {
    const whole = parse(await readFile(options.openapi, 'utf8')) as RunDocument;
    const contract = options.only === undefined ? whole : onlyOperation(whole, options.only);
    const requests = options.only === undefined ? options.requests : requestsOf(contract, options.requests);
    const files = { contract: join(folder, 'openapi.json'), requests: join(folder, 'requests.json') };
    await writeFile(files.contract, JSON.stringify(contract));
    await writeFile(files.requests, JSON.stringify(requests));
    const transactions = await spawnDredd(options, files, join(folder, 'report.json'));
    return judge(transactions, Object.keys(requests));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function spawnDredd(
  { url, hooks = HOOKS }: DreddOptions,
  files: { contract: string; requests: string },
  report: string,
): Promise<Transaction[]> {
  const args = [files.contract, url, `--hookfiles=${hooks}`, '--no-color', '--loglevel=error'];
  const dredd = spawn(process.execPath, [DREDD, ...args], {
    cwd: ROOT,
    env: { ...process.env, DREDD_REQUESTS: files.requests, DREDD_REPORT: report, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  for (const stream of [dredd.stdout, dredd.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const [code, signal] = (await once(dredd, 'close')) as [number | null, NodeJS.Signals | null];
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined || signal !== null) throw new Error(`Dredd: the hooks did not run to their end:\n${said}`);
  const transactions = JSON.parse(text) as Transaction[];
  const good = transactions.length > 0 && transactions.every(({ status }) => status === 'pass' || status === 'skip');
  if (good !== (code === 0)) throw new Error(`Dredd ended with ${code} and says otherwise:\n${said}`);
  return transactions;
}

function judge(transactions: Transaction[], prepared: string[]): ContractRun {
  const passed = transactions.filter(({ status }) => status === 'pass').map(({ key }) => key);
  const failed = transactions.filter(({ status }) => status === 'fail' || status === 'error');
  const known = new Set(transactions.map(({ key }) => key));
  const failures = [
    ...failed.map(({ key, message, answer }) => `${key}: ${message.trim().replaceAll('\n', '; ')} ${tell(answer)}`),
    ...prepared.filter((key) => !known.has(key)).map((key) => `${key}: the contract does not declare it.`),
  ];
  const skipped = transactions.length - passed.length - failed.length;
  return { passing: passed.length, failing: failures.length, skipped, passed, failures };
}

function tell(answer: string | undefined): string {
  return answer === undefined ? '(no answer)' : `(answered ${answer.slice(0, SHOWN)})`;
}
