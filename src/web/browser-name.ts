import { digestOf } from '../secrets.ts';

/** What cookies and states call a browser: tells it from others without telling its id. */
export function browserName(browserId: string): string {
  return digestOf(browserId).toString('base64url');
}
