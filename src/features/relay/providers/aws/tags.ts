import type { ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2';

/** What our things at AWS are known by. */
export const TAG = {
  deployment: 'telemy:deployment',
  session: 'telemy:session-id',
  token: 'telemy:token',
  user: 'telemy:user-id',
} as const;

/** Tags for things at their making, for each of these kinds. The order is always the same: repeated calls must not differ. */
export function tagsAtLaunch(
  types: readonly ResourceType[],
  tags: Readonly<Record<string, string>>,
): TagSpecification[] {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return types.map((ResourceType) => ({ ResourceType, Tags: list }));
}

/** The value of one tag; empty when there is none. */
export function tagOf(tags: readonly Tag[] | undefined, key: string): string {
  return tags?.find(({ Key }) => Key === key)?.Value ?? '';
}

/** A filter for things with that tag. */
export function tagFilter(key: string, ...values: string[]): { Name: string; Values: string[] } {
  return { Name: `tag:${key}`, Values: values };
}
