import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CurlRequest, readCurl } from '../support/samples/curl-command.ts';

/** A call as the README writes it down, and the answer that it promises. */
export interface Situation {
  title: string;
  /** The curl command. */
  command: string;
  status: number;
  headers: [name: string, value: string][];
  /** Dotted paths into the body, and the values there as text. */
  fields: [path: string, value: string][];
}

const README = readFileSync(resolve('README.md'), 'utf8');
const SECTION = /^## For QA: twenty situations\n([\s\S]*?)^## /m.exec(README)?.[1] ?? '';

/** The rows of the table "For QA: twenty situations". */
export function readSituations(): Situation[] {
  const rows = [...SECTION.matchAll(/^\| \d+ \| (.+?) \| `(curl .+?)` \| (\d{3}) (.+) \|$/gm)];
  return rows.map(([, title = '', command = '', status, promises = '']) => {
    const promised = [...promises.matchAll(/`(.+?)`/g)].map(([, text = '']) => text);
    return {
      title,
      command,
      status: Number(status),
      headers: promised.flatMap((text) => pair(/^([\w-]+): (.+)$/, text)),
      fields: promised.flatMap((text) => pair(/^([\w.]+) = (.+)$/, text)),
    };
  });
}

/**
 * What a curl command of the README asks for, with the variables that the README sets.
 *
 * @throws Error for what isn't known here.
 */
export function readCall(command: string): CurlRequest {
  const set = [...SECTION.matchAll(/^([A-Z])='?(.+?)'?$/gm)].map(([, name, value]) => [name, value]);
  return readCurl(command, Object.fromEntries(set));
}

function pair(pattern: RegExp, text: string): [string, string][] {
  const [, first, second] = pattern.exec(text) ?? [];
  return first === undefined || second === undefined ? [] : [[first, second]];
}
