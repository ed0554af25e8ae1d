import { type LinkIndex, linkBytes, linkKbps, numberFrom, packetsOf, SCRIPTED_LINKS } from './scripted-links.ts';

/** One sender in the `/stats` of the receiver. */
export interface StatsGroup {
  id: string;
  total_bytes: number;
  stream_id: string;
  connections: StatsConnection[];
}

/** One link of a sender. */
export interface StatsConnection {
  addr: string;
  bytes: number;
  pkts: number;
  share_pct: number;
  last_ms_ago: number;
  uptime_s: number;
  asn_org: string;
}

/** One stream in the statistics of the SRT server: kbit/s, ms, packets and seconds. */
export interface PublisherStats {
  bitrate: number;
  rtt: number;
  pktRcvLoss: number;
  pktRcvDrop: number;
  mbpsRecvRate: number;
  mbpsBandwidth: number;
  latency: number;
  uptime: number;
}

/** A scripted sender, from the moment its stream comes on until it ends. All times are ms of one monotonic clock. */
export interface LinkFeed {
  /** From `nowMs` on this link carries nothing; undefined: none, and one that was dead joins anew. */
  setDeadLink(link: LinkIndex | undefined, nowMs: number): void;
  group(nowMs: number): StatsGroup;
  publisher(nowMs: number): PublisherStats;
}

/** One stay of a link in the group. */
interface LinkLife {
  link: LinkIndex;
  port: number;
  joinedMs: number;
  silentSinceMs: number | undefined;
}

const LINKS: readonly LinkIndex[] = [0, 1, 2];

/** The sender that `seed` describes, on since `startMs`. */
export function createLinkFeed(seed: string, streamId: string, startMs: number): LinkFeed {
  let joins = 0;
  let leftBytes = 0;
  let lives = LINKS.map((link) => join(link, startMs));

  function join(link: LinkIndex, nowMs: number): LinkLife {
    joins += 1;
    return {
      link,
      port: 20_000 + numberFrom(`${seed}:port:${joins}`, 40_000),
      joinedMs: nowMs,
      silentSinceMs: undefined,
    };
  }

  function bytesOf({ link, joinedMs, silentSinceMs }: LinkLife, nowMs: number): number {
    const untilMs = Math.min(nowMs, silentSinceMs ?? nowMs);
    return linkBytes(seed, link, untilMs - startMs) - linkBytes(seed, link, joinedMs - startMs);
  }

  function setDeadLink(dead: LinkIndex | undefined, nowMs: number): void {
    lives = lives.map((life) => {
      if (life.link === dead) return { ...life, silentSinceMs: life.silentSinceMs ?? nowMs };
      if (life.silentSinceMs === undefined) return life;
      leftBytes += bytesOf(life, nowMs);
      return join(life.link, nowMs);
    });
  }

  function group(nowMs: number): StatsGroup {
    const listed = lives.map((life) => ({ ...life, bytes: bytesOf(life, nowMs) }));
    const total = listed.reduce((sum, { bytes }) => sum + bytes, leftBytes);
    return {
      id: `0x${numberFrom(`${seed}:group:${startMs}`, 2 ** 47).toString(16)}`,
      total_bytes: total,
      stream_id: streamId,
      connections: listed.map(({ link, port, joinedMs, silentSinceMs, bytes }) => ({
        addr: `${SCRIPTED_LINKS[link].ip}:${port}`,
        bytes,
        pkts: packetsOf(bytes),
        share_pct: total === 0 ? 0 : Math.round((bytes / total) * 1000) / 10,
        // Real receivers tell this in whole seconds.
        last_ms_ago: Math.floor((nowMs - (silentSinceMs ?? nowMs)) / 1000) * 1000,
        uptime_s: Math.floor((nowMs - joinedMs) / 1000),
        asn_org: SCRIPTED_LINKS[link].asnOrg,
      })),
    };
  }

  function publisher(nowMs: number): PublisherStats {
    const alive = lives.filter(({ silentSinceMs }) => silentSinceMs === undefined);
    const kbps = alive.reduce((sum, { link }) => sum + linkKbps(seed, link, nowMs - startMs), 0);
    const seconds = Math.floor((nowMs - startMs) / 1000);
    return {
      bitrate: Math.round(kbps),
      rtt: Math.round((48 + 9 * Math.sin(seconds / 11)) * 10) / 10,
      pktRcvLoss: Math.floor(seconds / 5),
      pktRcvDrop: Math.floor(seconds / 60),
      mbpsRecvRate: Math.round(kbps) / 1000,
      mbpsBandwidth: Math.round(kbps * 3.2) / 1000,
      latency: 2000,
      uptime: seconds,
    };
  }

  return { setDeadLink, group, publisher };
}
