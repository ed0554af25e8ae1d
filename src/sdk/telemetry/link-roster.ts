import type { Reading } from './rate.ts';

/** A link over its life, which outlasts a change of port. */
export interface Link {
  /** Tells nothing of the address. */
  readonly key: string;
  /** The lowest that no other link has, from 1. */
  readonly number: number;
  readonly ip: string;
  /** Who runs its network, as was looked up; undefined: not yet. */
  lookedUp?: string | null;
  reading?: Reading | undefined;
  /** What the link's counter says now, and what it said before it began anew. */
  bytes: number;
  earlierBytes: number;
}

/** Who is in, and who was lately. */
export interface LinkRoster {
  /**
   * Takes the addresses of a snapshot; returns their links in that order, and whether each has joined just now. One that has
   * joined is the link that left its IP address last, if any did within the last 300 snapshots.
   */
  meet(addresses: readonly string[]): { link: Link; joined: boolean }[];
  /** Those who are in. */
  links(): Iterable<Link>;
}

const REMEMBERED_SNAPSHOTS = 300;
const REMEMBERED_LINKS = 1000;

/** A roster without links. */
export function createLinkRoster(): LinkRoster {
  let listed = new Map<string, Link>();
  let departed: { link: Link; snapshot: number }[] = [];
  let snapshot = 0;
  let made = 0;

  function bringBack(ip: string): Link | undefined {
    const index = departed.findLastIndex(({ link }) => link.ip === ip);
    return index < 0 ? undefined : departed.splice(index, 1)[0]?.link;
  }

  return {
    links: () => listed.values(),
    meet(addresses) {
      snapshot += 1;
      const unique = new Set(addresses);
      const stayed = new Map([...listed].filter(([address]) => unique.has(address)));
      for (const [address, link] of listed) if (!stayed.has(address)) departed.push({ link, snapshot });
      departed = departed.filter((one) => snapshot - one.snapshot < REMEMBERED_SNAPSHOTS).slice(-REMEMBERED_LINKS);

      const taken = new Set([...stayed.values(), ...departed.map(({ link }) => link)].map(({ number }) => number));
      let number = 1;
      function make(ip: string): Link {
        while (taken.has(number)) number += 1;
        taken.add(number);
        made += 1;
        return { key: `link-${made}`, number, ip, bytes: 0, earlierBytes: 0 };
      }

      listed = new Map(
        [...unique].map((address) => {
          const ip = ipOf(address);
          return [address, stayed.get(address) ?? bringBack(ip) ?? make(ip)];
        }),
      );
      return [...listed].map(([address, link]) => ({ link, joined: !stayed.has(address) }));
    },
  };
}

/** `198.51.100.21:4000` and `[2001:db8::1]:4000` without the port; anything else as it is. */
function ipOf(address: string): string {
  return address.replace(/:\d{1,5}$/, '').replace(/^\[|\]$/g, '');
}
