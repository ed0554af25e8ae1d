import { globSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { OPERATIONS } from '../operations/common/contract.ts';
import { processesDir } from './test-run.ts';

const TESTS = resolve(import.meta.dirname, '..');
const OF_OPERATIONS = `${resolve(TESTS, 'operations')}${sep}`;

/** What one process leaves to the one that began the run. */
interface Notes {
  /** `operationId status` of what applications answered to the tests of operations. Others, fuzzing above all, hit any. */
  given: string[];
  /** Test files of which every test was run. */
  files: string[];
}

const given = new Set<string>();
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
  for (const [, operation, status] of counts) given.add(`${operation} ${status}`);
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
  const notes: Notes = { given: [...given], files: [...files] };
  await mkdir(processesDir(), { recursive: true });
  await writeFile(join(processesDir(), `${process.pid}.json`), JSON.stringify(notes));
}

/**
 * Fails when the contract declares a status that no test of an operation brought about, in whichever process. Only after
 * a run of all tests of all files is there something to say.
 */
export function assertAllAnswersGiven(): void {
  const all = globSync('*.json', { cwd: processesDir() }).map(
    (name): Notes => JSON.parse(readFileSync(join(processesDir(), name), 'utf8')),
  );
  const ran = new Set(all.flatMap((notes) => notes.files));
  const testFiles = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.ts'),
  );
  if (!testFiles.every((name) => ran.has(resolve(TESTS, name)))) return;
  const answers = new Set(all.flatMap((notes) => notes.given));
  const declared = OPERATIONS.flatMap(({ operationId, responses }) =>
    Object.keys(responses).map((status) => `${operationId} ${status}`),
  );
  const missing = declared.filter((answer) => !answers.has(answer));
  if (missing.length > 0) throw new Error(`Declared, but never provoked:\n${missing.join('\n')}`);
}
