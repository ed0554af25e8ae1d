import { createHash, randomBytes } from 'node:crypto';

/** A new id in EC2's form, such as `i-0a1b2c3d4e5f67890`. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}

/** An id in the same form that is always the same for `name`. */
export function idFor(prefix: string, name: string): string {
  return `${prefix}-0${createHash('sha256').update(`${prefix} ${name}`).digest('hex').slice(0, 16)}`;
}
