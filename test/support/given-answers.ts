import { globSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { OPERATIONS } from '../operations/common/contract.ts';
import { processesDir } from './test-run.ts';

const TESTS = resolve(import.meta.dirname, '..');
/** Run by `npm run test:ops` alone. */
const APART = `ops${sep}`;
const OF_OPERATIONS = `${resolve(TESTS, 'operations')}${sep}`;

/** Who brought answers about: the tests of operations, or what holds answers against the contract. */
export type Suite = 'mocha' | 'dredd' | 'prism';
/** `operationId status` of what each of them really got. Other tests, fuzzing above all, hit any. */
export type GivenAnswers = Record<Suite, string[]>;

/** What one process leaves to the one that began the run. */
interface Notes {
  given: GivenAnswers;
  /** Test files of which every test was run. */
  files: string[];
}

/** Names the file that `writeAnswers` writes to. */
export const ANSWERS_FILE = 'TELEMY_ANSWERS_FILE';

const given = { mocha: new Set<string>(), dredd: new Set<string>(), prism: new Set<string>() };
const files = new Set<string>();
let testFile = '';

/** Says of which file the tests are that run now. */
export function noteTestFile(file: string | undefined): void {
  testFile = file ?? '';
}

/** Reads an application's own count of its answers; to be called before it stops. */
export async function recordAnswers(adminUrl: string): Promise<void> {
  if (!testFile.startsWith(OF_OPERATIONS)) return;
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const counts = metrics.matchAll(/^telemy_http_requests_total\{operation="(\w+)",status="(\d+)"\}/gm);
  for (const [, operation, status] of counts) given.mocha.add(`${operation} ${status}`);
}

/** Takes down what a tool got and found to be as declared. @param keys `METHOD /path/{template} status` each. */
export function recordChecked(suite: Suite, keys: readonly string[]): void {
  for (const key of keys) {
    const [method, path, status] = key.split(' ');
    const operation = OPERATIONS.find((one) => one.method === method && one.path === path);
    if (!operation) throw new Error(`The contract declares no ${method} ${path}.`);
    given[suite].add(`${operation.operationId} ${status}`);
  }
}

/**
 * Leaves word of what this process has seen, for `assertAllAnswersGiven`.
 *
 * @param root mocha's suite of all files that it ran just now.
 */
export async function leaveNotes(root: Mocha.Suite): Promise<void> {
  const tests: Mocha.Test[] = [];
  root.eachTest((test) => void tests.push(test));
  const ran = new Set([...root.suites, ...tests].map(({ file }) => file as string));
  // With --grep some are left out; behind a broken hook some never begin, and the run fails anyway.
  for (const { state, file } of tests) if (state === undefined) ran.delete(file as string);
  for (const file of ran) files.add(file);
  const notes: Notes = { given: mapSuites((suite) => [...given[suite]]), files: [...files] };
  await mkdir(processesDir(), { recursive: true });
  await writeFile(join(processesDir(), `${process.pid}.json`), JSON.stringify(notes));
}

/** Writes what all processes noted, as JSON, to the file that the environment names, if it does. */
export async function writeAnswers(): Promise<void> {
  const file = process.env[ANSWERS_FILE];
  if (file === undefined) return;
  const all = readNotes();
  const answers = mapSuites((suite) => [...new Set(all.flatMap((notes) => notes.given[suite]))]);
  await writeFile(file, JSON.stringify(answers));
}

/** Every declared answer, as `operationId status`. */
export function declaredAnswers(): string[] {
  return OPERATIONS.flatMap(({ operationId, responses }) =>
    Object.keys(responses).map((status) => `${operationId} ${status}`),
  );
}

/**
 * Fails when the contract declares a status that no test of an operation brought about, in whichever process. Only after
 * a run of all tests of all files is there something to say.
 */
export function assertAllAnswersGiven(): void {
  const all = readNotes();
  const ran = new Set(all.flatMap((notes) => notes.files));
  const testFiles = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.test.ts') && !name.startsWith(APART),
  );
  if (!testFiles.every((name) => ran.has(resolve(TESTS, name)))) return;
  const answers = new Set(all.flatMap((notes) => notes.given.mocha));
  const missing = declaredAnswers().filter((answer) => !answers.has(answer));
  if (missing.length > 0) throw new Error(`Declared, but never provoked:\n${missing.join('\n')}`);
}

function readNotes(): Notes[] {
  return globSync('*.json', { cwd: processesDir() }).map((name) =>
    JSON.parse(readFileSync(join(processesDir(), name), 'utf8')),
  );
}

function mapSuites(of: (suite: Suite) => string[]): GivenAnswers {
  return { mocha: of('mocha'), dredd: of('dredd'), prism: of('prism') };
}
