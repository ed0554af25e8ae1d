import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GUIDES } from '../../../src/web/docs/guides.ts';

/** An example in a guide, in the guide's own words. */
export interface GuideExample {
  language: string;
  /** What a command is answered with. */
  status: number | undefined;
  text: string;
}

export const GUIDES_FOLDER = resolve(import.meta.dirname, '../../../src/web/docs/guides');

/** The examples of each guide, in their order. */
export const GUIDE_EXAMPLES: ReadonlyMap<string, GuideExample[]> = new Map(
  GUIDES.map(({ name }) => [name, examplesIn(readFileSync(join(GUIDES_FOLDER, `${name}.md`), 'utf8'))]),
);

function examplesIn(markdown: string): GuideExample[] {
  return [...markdown.matchAll(/^```(\w+)(?: (\d+))?\n(.*?)^```$/gms)].map(([, language = '', status, text = '']) => ({
    language,
    status: status === undefined ? undefined : Number(status),
    text,
  }));
}
