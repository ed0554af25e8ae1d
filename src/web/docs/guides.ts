/** A guide: a file `guides/NAME.md` that is shown at `/docs/guides/NAME`. */
export interface Guide {
  name: string;
  /** What the navigation calls it. */
  title: string;
}

/** Every guide, in the order of the navigation. Nothing else is served. */
export const GUIDES: readonly Guide[] = [
  { name: 'login', title: 'Signing in' },
  { name: 'always-ready', title: 'Always ready' },
  { name: 'idempotency', title: 'Idempotency' },
  { name: 'errors', title: 'Errors' },
  { name: 'limits', title: 'Limits' },
  { name: 'webhooks', title: 'Webhooks' },
  { name: 'versioning', title: 'Versioning' },
];

/** Where a guide is. */
export function guidePath({ name }: Guide): string {
  return `/docs/guides/${name}`;
}
