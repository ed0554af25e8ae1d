import { appendFileSync } from 'node:fs';
import { breakAnswers } from './break-answers.ts';
import type { Break } from './breaks.ts';

/** The break, as JSON, that mocha's process is to have; it loads this module before all tests. */
export const BREAK = 'TELEMY_BREAK';
/** A file that gets a line for each broken answer. */
export const MET_FILE = 'TELEMY_BREAK_MET';

const { [BREAK]: broken, [MET_FILE]: file } = process.env;

if (broken !== undefined && file !== undefined) {
  breakAnswers([JSON.parse(broken) as Break], (_, { status }) => appendFileSync(file, `${status}\n`));
}
