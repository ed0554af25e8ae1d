import { parseArgs } from 'node:util';

/** A request as a curl command sends it. */
export interface CurlRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/**
 * Reads one curl command as a POSIX shell and curl do, as far as the documentation's examples go.
 *
 * @param variables of the shell.
 * @throws Error for what isn't understood, an unset variable included.
 */
export function readCurl(command: string, variables: Record<string, string>): CurlRequest {
  const [program, ...args] = readWords(command, variables);
  if (program !== 'curl') throw new Error(`Not a curl command: ${command}`);
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      request: { type: 'string', short: 'X' },
      header: { type: 'string', short: 'H', multiple: true },
      data: { type: 'string', short: 'd' },
      'data-binary': { type: 'string' },
      include: { type: 'boolean', short: 'i' },
    },
  });
  const [url] = positionals;
  if (url === undefined || positionals.length !== 1) throw new Error(`Not one address in: ${command}`);
  const body = values.data ?? values['data-binary'];
  return {
    url,
    method: values.request ?? (body === undefined ? 'GET' : 'POST'),
    headers: Object.fromEntries((values.header ?? []).map((line) => line.split(/: ?(.*)/s) as [string, string])),
    body,
  };
}

/** The words of a command (POSIX.1-2024, Shell Command Language, section 2.2): quotes, backslashes, `$NAME`. */
function readWords(command: string, variables: Record<string, string>): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const parts = command.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(\n|.)|(\s+)|([^\s'"\\]+)|(.)/gs);
  for (const [all, single, double, escaped, space, plain] of parts) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (escaped === '\n') {
      // Only joins the lines.
    } else {
      const text = single ?? escaped ?? (double ?? plain)?.replaceAll(/\$(\w+)|\\(["\\$`])/g, fill);
      if (text === undefined) throw new Error(`What is ${all} in: ${command}`);
      word = (word ?? '') + text;
    }
  }
  return word === undefined ? words : [...words, word];

  function fill(_: string, name: string | undefined, character: string): string {
    if (name === undefined) return character;
    const value = variables[name];
    if (value === undefined) throw new Error(`$${name} is unset in: ${command}`);
    return value;
  }
}

/** Sends it. */
export async function sendCurl({ url, method, headers, body }: CurlRequest): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}
