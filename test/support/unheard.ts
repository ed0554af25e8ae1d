import { inspect } from 'node:util';

/** Promises that failed with nobody to hear of it. Node ends the service for one; mocha says nothing. */
const unheard: string[] = [];
let title = '';

/** To be called before the first test. */
export function listenForUnheard(): void {
  process.on('unhandledRejection', note);
}

/** Says which test runs now. */
export function noteTestTitle(text: string | undefined): void {
  title = text ?? '';
}

/** Fails when there was one since the last time, and says in which test. */
export function assertNoneUnheard(): void {
  const found = unheard.splice(0);
  if (found.length > 0) throw new Error(`A promise failed, and nobody heard of it:\n${found.join('\n')}`);
}

function note(reason: unknown): void {
  unheard.push(`in "${title}": ${inspect(reason)}`);
}
