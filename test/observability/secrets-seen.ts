import type { Answer } from '../support/http.ts';
import type { TestApp } from '../support/test-app.ts';

/** Names of what an answer gives to its caller alone. */
const SECRET_NAMES = /token|jwt|passphrase|email|stream_id|checkout_url/i;

/** Gathers every secret and e-mail address that an application gives away from now on, by where it was. */
export function gatherSecrets(app: TestApp): Map<string, string> {
  const seen = new Map<string, string>();
  const check = app.checkAnswer;
  app.checkAnswer = (method, path, answer: Answer) => {
    walk(answer.body, `${method} ${path}`, seen);
    check(method, path, answer);
  };
  return seen;
}

function walk(value: unknown, where: string, seen: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && SECRET_NAMES.test(name) && inner.length >= 9) seen.set(inner, `${where} ${name}`);
    walk(inner, `${where} ${name}`, seen);
  }
}

/** What the tables hold that only its owner may know. */
export async function storedSecrets({ database }: TestApp): Promise<Map<string, string>> {
  const columns: [string, string][] = [
    ['users', 'email'],
    ['stream_slots', 'stream_token'],
    ['relay_sessions', 'stream_token'],
    ['relay_sessions', 'pair_token'],
    ['relay_sessions', 'relay_ws_token'],
  ];
  const seen = new Map<string, string>();
  for (const [table, column] of columns) {
    const values: (string | null)[] = await database(table).pluck(column);
    for (const value of values) if (value !== null) seen.set(value, `${table}.${column}`);
  }
  return seen;
}
