import { createFreshnessMeter } from './freshness.ts';
import { type AddressLookup, type CarrierTable, labelOf } from './labels.ts';
import { type LinkReport, readReport, type SenderReport } from './link-report.ts';
import { createLinkRoster, type Link } from './link-roster.ts';
import { ABSENT, ageFrom, type LinkState, type LinkTelemetryState, seen } from './link-state.ts';
import { nextReading, type Reading, sumKnown } from './rate.ts';

/** How links are read and named. */
export interface LinkTelemetryOptions {
  /** Looked at before the carriers built in. */
  carriers?: CarrierTable;
  /** For links whose network the receiver doesn't tell. Asked once for each link; what it throws counts as not known. */
  lookup?: AddressLookup;
  /** On a relay that others use too: the sender to follow; senders of which no stream is told count as well. */
  streamId?: string;
  /** So many snapshots in a row that are missing or can't be read make it `absent`; default 5. */
  absentAfterMisses?: number;
}

/** Follows the links of a relay from one snapshot to the next. It has no clock and no network of its own. Never throws. */
export interface LinkTelemetry {
  /**
   * Takes what the relay's stats port answered, as text or JSON value; what can't be read counts as a miss.
   *
   * @param atMs when it was so, in milliseconds since 1970. It may jump, and stand still.
   */
  feed(snapshot: unknown, atMs: number): LinkTelemetryState;
  /** There was no answer. */
  miss(atMs: number): LinkTelemetryState;
  state(): LinkTelemetryState;
}

/** A tracker that has seen nothing yet. */
export function createLinkTelemetry(options: LinkTelemetryOptions = {}): LinkTelemetry {
  const roster = createLinkRoster();
  const freshness = createFreshnessMeter(options.absentAfterMisses);
  let totals = new Map<string, Reading>();
  let lastMs: number | undefined;
  let good = ABSENT;
  let state = ABSENT;

  function miss(atMs: number): LinkTelemetryState {
    if (freshness.miss() === 'stale') {
      const ageMs = ageFrom(good.atMs ?? 0, atMs);
      return show({ ...good, status: 'stale', links: good.links.map((link) => ({ ...link, ...seen(link, ageMs) })) });
    }
    // A rate over the time in the dark would say nothing of now.
    for (const link of roster.links()) link.reading = undefined;
    totals = new Map();
    lastMs = undefined;
    return show(ABSENT);
  }

  function feed(snapshot: unknown, atMs: number): LinkTelemetryState {
    const report = readReport(snapshot, options.streamId);
    if (!report) return miss(atMs);
    const at = Number.isFinite(atMs) ? atMs : (lastMs ?? 0);
    const met = roster.meet(report.flatMap(({ links }) => links.map(({ address }) => address)));
    const byAddress = new Map<string, LinkState>();
    const told = new Map(report.flatMap(({ links }) => links.map((link) => [link.address, link] as const)));
    [...told.values()].forEach((link, index) => {
      const one = met[index];
      if (one) byAddress.set(link.address, follow(one.link, one.joined, link, at));
    });
    const before = totals;
    totals = new Map();
    const rates = report.map((sender) => followSender(sender, before, byAddress, at));
    lastMs = at;
    freshness.hit();
    good = { status: 'fresh', atMs: at, links: [...byAddress.values()], totals: { ...ABSENT.totals } };
    good.totals.kbps = sumKnown(rates);
    good.totals.totalBytes = sumKnown(report.map(({ totalBytes }) => totalBytes));
    return show(good);
  }

  function follow(link: Link, joined: boolean, told: LinkReport, atMs: number): LinkState {
    const { bytes, uptimeSeconds } = told;
    if (joined) link.reading = startingPoint(uptimeSeconds, atMs);
    if (bytes === null) link.reading = undefined;
    else {
      link.reading = nextReading(link.reading, { atMs, bytes, uptimeSeconds });
      if (joined || bytes < link.bytes)
        link.earlierBytes = Math.min(Number.MAX_SAFE_INTEGER, link.earlierBytes + link.bytes);
      link.bytes = bytes;
    }
    return {
      key: link.key,
      label: nameOf(link, told.organization),
      kbps: told.kbps ?? link.reading?.kbps ?? null,
      sharePct: told.sharePct,
      ...seen({ lastSeenMsAgo: told.lastMsAgo }, 0),
      uptimeSeconds,
      totalBytes: bytes === null ? null : link.earlierBytes + bytes,
      jitterMs: told.jitterMs,
    };
  }

  /** What wasn't in the snapshot before has begun at zero since. */
  function startingPoint(uptimeSeconds: number | null, atMs: number): Reading | undefined {
    if (lastMs === undefined || uptimeSeconds === null || uptimeSeconds * 1000 > atMs - lastMs + 1000) return undefined;
    return { atMs: lastMs, bytes: 0, uptimeSeconds: null, kbps: null };
  }

  /** The sender's own counter knows more than the sum of links does: it keeps what links carried that have left. */
  function followSender(
    { id, links, totalBytes }: SenderReport,
    before: Map<string, Reading>,
    byAddress: Map<string, LinkState>,
    atMs: number,
  ): number | null {
    const ages = links.map(({ uptimeSeconds }) => uptimeSeconds).filter((age) => age !== null);
    const uptimeSeconds = ages.length > 0 ? Math.max(...ages) : null;
    if (totalBytes !== null) {
      const from = before.get(id) ?? startingPoint(uptimeSeconds, atMs);
      const reading = nextReading(from, { atMs, bytes: totalBytes, uptimeSeconds });
      totals.set(id, reading);
      return reading.kbps;
    }
    return sumKnown(links.map(({ address }) => byAddress.get(address)?.kbps ?? null));
  }

  function nameOf(link: Link, organization: string | null): string {
    const label = labelOf(organization, options.carriers);
    if (label !== null) return label;
    if (link.lookedUp === undefined) link.lookedUp = lookUp(options.lookup, link.ip);
    return labelOf(link.lookedUp, options.carriers) ?? `Link ${link.number}`;
  }

  function show(next: LinkTelemetryState): LinkTelemetryState {
    state = next;
    if (next.status !== 'absent') {
      const staleLinks = next.links.filter(({ stale }) => stale).length;
      state = { ...next, totals: { ...next.totals, links: next.links.length, staleLinks } };
    }
    return state;
  }

  return { feed, miss, state: () => state };
}

function lookUp(lookup: AddressLookup | undefined, ip: string): string | null {
  try {
    return lookup?.(ip) ?? null;
  } catch {
    return null;
  }
}
