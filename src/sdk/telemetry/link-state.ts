import type { Freshness } from './freshness.ts';

/** One link. A field is null where nothing is known of it. Nothing here tells an IP address. */
export interface LinkState {
  /** The same over the link's life, also when it rejoins from the same IP address. */
  key: string;
  /** The carrier, such as `T-Mobile`; `Link N` where it isn't known. Two links may have the same. */
  label: string;
  /** kbit/s since the snapshot before; null at a link's first, when it isn't known since when its bytes came. */
  kbps: number | null;
  /** Part of the sender's bytes, 0 to 100. */
  sharePct: number | null;
  /** No packet for more than 3 s. */
  stale: boolean;
  /** Milliseconds since the last packet, with the snapshot's own age; steps of 1 s. */
  lastSeenMsAgo: number | null;
  /** Since it joined, or rejoined. */
  uptimeSeconds: number | null;
  /** Over its life, as far as it was seen here. */
  totalBytes: number | null;
  jitterMs: number | null;
}

/** What is known of all links. */
export interface LinkTelemetryState {
  /** When `absent` there are no links, and the totals are null. */
  status: Freshness;
  /** Milliseconds since 1970: the last good snapshot; null when absent. */
  atMs: number | null;
  links: LinkState[];
  totals: {
    /** kbit/s; 0 only when the relay answered that nothing came. */
    kbps: number | null;
    /** With the bytes of links that have left. */
    totalBytes: number | null;
    links: number | null;
    staleLinks: number | null;
  };
}

/** Nothing is known. */
export const ABSENT: LinkTelemetryState = {
  status: 'absent',
  atMs: null,
  links: [],
  totals: { kbps: null, totalBytes: null, links: null, staleLinks: null },
};

const STALE_AFTER_MS = 3000;

/** When a link was last heard, from a snapshot that is so old. Stale: more than 3 s ago. */
export function seen({ lastSeenMsAgo }: { lastSeenMsAgo: number | null }, ageMs: number) {
  return {
    lastSeenMsAgo: lastSeenMsAgo === null ? null : lastSeenMsAgo + ageMs,
    stale: (lastSeenMsAgo ?? 0) + ageMs > STALE_AFTER_MS,
  };
}

/** A clock that jumped back makes nothing younger than new. */
export function ageFrom(fromMs: number, toMs: number): number {
  return toMs > fromMs ? Math.min(toMs - fromMs, Number.MAX_SAFE_INTEGER) : 0;
}
