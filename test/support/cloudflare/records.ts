import { randomUUID } from 'node:crypto';
import { Refusal } from './envelope.ts';
import type { RecordInput } from './record-input.ts';

/** A DNS record as the API shows it. */
export interface DnsRecord extends RecordInput {
  /** 32 hexadecimal digits. */
  id: string;
  proxiable: boolean;
  settings: object;
  meta: object;
  created_on: string;
  modified_on: string;
}

/** The records of one zone. Several may share a name, as long as their contents differ. */
export interface RecordStore {
  /** In the order in which they were made. */
  list(): DnsRecord[];
  /** @throws Refusal 404 */
  find(id: string): DnsRecord;
  /** @throws Refusal 400 where an identical one exists. */
  create(input: RecordInput): DnsRecord;
  /** @throws Refusal 404, or 400 where another one is identical. */
  change(id: string, input: RecordInput): DnsRecord;
  /** @throws Refusal 404 */
  remove(id: string): void;
}

export function createRecordStore(now: () => Date): RecordStore {
  const records = new Map<string, DnsRecord>();

  function find(id: string): DnsRecord {
    const record = records.get(id);
    if (!record) throw new Refusal(404, 81044, 'Record does not exist.');
    return record;
  }

  /** TTL and proxying don't make a difference. */
  function refuseIdentical(input: RecordInput, exceptId?: string): void {
    for (const { id, name, type, content } of records.values()) {
      if (id !== exceptId && name === input.name && type === input.type && content === input.content) {
        throw new Refusal(400, 81058, 'An identical record already exists.');
      }
    }
  }

  return {
    list: () => [...records.values()],
    find,
    create(input) {
      refuseIdentical(input);
      const at = now().toISOString();
      const id = randomUUID().replaceAll('-', '');
      const record = { id, ...input, proxiable: true, settings: {}, meta: {}, created_on: at, modified_on: at };
      records.set(id, record);
      return record;
    },
    change(id, input) {
      const before = find(id);
      refuseIdentical(input, id);
      const record = { ...before, ...input, modified_on: now().toISOString() };
      records.set(id, record);
      return record;
    },
    remove(id) {
      find(id);
      records.delete(id);
    },
  };
}
