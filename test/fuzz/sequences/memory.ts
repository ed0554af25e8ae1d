import type { FuzzAnswer } from '../send.ts';
import type { Choice } from './step.ts';

/** What the answers of a sequence told, by user and name of the field. */
export interface Memory {
  /** The value that a choice means; undefined when there is none to choose from. */
  find(user: number, name: string, choice: Choice, fits: (value: unknown) => boolean): unknown;
  /** Notes a value; the last one noted is the newest. */
  note(user: number, name: string, value: unknown): void;
  /** Notes all that an answer tells. */
  learn(user: number, answer: FuzzAnswer, body: unknown): void;
  /** The newest value that was noted. */
  newest(user: number, name: string): unknown;
}

/** Fields that go by another name where they are told. */
const TOLD_AS: Record<string, string> = {
  since_version: 'version',
  cursor: 'next_cursor',
  'If-None-Match': 'etag',
  stream_slot: 'slot_number',
};
const WORTH_KNOWING = new Set([
  'session_id',
  'connection_id',
  'instance_id',
  'version',
  'login_attempt_id',
  'poll_token',
  'refresh_token',
  'cp_access_jwt',
  'stream_token',
  'slot_number',
  'next_cursor',
  'checkout_url',
]);

/** Whether answers tell of values for a field of this name. Of connections requests do. */
export function isTold(name: string): boolean {
  return name in TOLD_AS || (WORTH_KNOWING.has(name) && name !== 'connection_id');
}

export function createMemory(): Memory {
  const known = new Map<string, unknown[]>();
  const keyOf = (user: number, name: string) => `${user} ${TOLD_AS[name] ?? name}`;

  const note = (user: number, name: string, value: unknown) => {
    if (value === null || value === undefined) return;
    const others = (known.get(keyOf(user, name)) ?? []).filter((one) => one !== value);
    known.set(keyOf(user, name), [...others, value]);
  };
  const walk = (user: number, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value)) {
      if (typeof part === 'object') walk(user, part);
      else if (WORTH_KNOWING.has(name)) note(user, name, part);
    }
  };
  const find: Memory['find'] = (user, name, { from, pick }, fits) => {
    const owners = from === 'others' ? [...new Set([...known.keys()].map((key) => Number(key.split(' ')[0])))] : [user];
    const values = owners
      .filter((owner) => from !== 'others' || owner !== user)
      .flatMap((owner) => known.get(keyOf(owner, name)) ?? [])
      .filter(fits);
    return from === 'newest' ? values.at(-1) : values[pick % values.length];
  };
  return {
    find,
    note,
    learn(user, { headers }, body) {
      walk(user, body);
      note(user, 'etag', headers.etag);
    },
    newest: (user, name) => known.get(keyOf(user, name))?.at(-1),
  };
}
