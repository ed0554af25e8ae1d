import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

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

export interface CurlCall {
  /** With `$M` in it resolved as the README says. */
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
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
 * What a curl command of the README asks for, as a shell would read it with the variables that the README sets.
 *
 * @throws Error for an option that isn't known here.
 */
export function parseCurl(command: string): CurlCall {
  const [, ...words] = splitWords(withVariables(command));
  const call: CurlCall = { url: '', method: 'GET', headers: {}, body: undefined };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-i' || word === '-s') continue;
    if (!word.startsWith('-')) call.url = word;
    else if (word === '-X') call.method = words.shift() ?? '';
    else if (word === '-d') call.body = words.shift() ?? '';
    else if (word === '-H')
      Object.assign(call.headers, Object.fromEntries(pair(/^([\w-]+): (.+)$/, words.shift() ?? '')));
    else throw new Error(`curl ${word} is not known to the test: ${command}`);
  }
  return call;
}

function withVariables(command: string): string {
  const set = new Map([...SECTION.matchAll(/^([A-Z])='?(.+?)'?$/gm)].map(([, name, value]) => [name, value]));
  return command.replace(/\$([A-Z])/g, (all, name: string) => set.get(name) ?? all);
}

/** Quotes hold a word together, and there are none inside of others of their kind. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

function pair(pattern: RegExp, text: string): [string, string][] {
  const [, first, second] = pattern.exec(text) ?? [];
  return first === undefined || second === undefined ? [] : [[first, second]];
}
