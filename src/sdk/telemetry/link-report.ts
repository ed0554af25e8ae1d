import { readJson } from './json.ts';
import { type ConnectionStats, type GroupStats, type PeerStats, parseLinkStats, parsePeerStats } from './link-stats.ts';

/** One link, whichever receiver tells of it. */
export interface LinkReport {
  address: string;
  bytes: number | null;
  /** Only where the receiver measures it. */
  kbps: number | null;
  sharePct: number | null;
  lastMsAgo: number | null;
  uptimeSeconds: number | null;
  jitterMs: number | null;
  organization: string | null;
}

/** One sender, with its links. */
export interface SenderReport {
  id: string;
  totalBytes: number | null;
  links: LinkReport[];
}

/** Reads a snapshot of either format; null when it can't be read. */
export function readReport(snapshot: unknown, streamId: string | undefined): SenderReport[] | null {
  return readJson(snapshot, (value) => {
    const groups = parseLinkStats(value);
    const peers = parsePeerStats(value);
    if (peers && !groups?.length) return [readPeers(peers)];
    return groups?.filter((group) => isWanted(group, streamId)).map(readSender) ?? null;
  });
}

function isWanted(group: GroupStats, streamId: string | undefined): boolean {
  return streamId === undefined || group.streamId === null || group.streamId === streamId;
}

function readSender({ id, totalBytes, connections }: GroupStats): SenderReport {
  const known = connections.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return { id, totalBytes, links: connections.map((connection) => readLink(connection, known)) };
}

function readLink(connection: ConnectionStats, allBytes: number): LinkReport {
  const { addr, bytes, lastMsAgo, uptimeSeconds } = connection;
  return {
    address: addr,
    bytes,
    kbps: null,
    sharePct: connection.sharePct ?? shareOf(bytes, allBytes),
    lastMsAgo,
    uptimeSeconds,
    jitterMs: null,
    organization: connection.asnOrg,
  };
}

function readPeers(peers: PeerStats[]): SenderReport {
  const rates = peers.map(({ bitrate, throughput }) => bitrate ?? throughput);
  const all = rates.reduce((sum: number, rate) => sum + (rate ?? 0), 0);
  const links = peers.map(({ connectionId, uptimeSeconds, jitter }, index) => ({
    address: connectionId,
    bytes: null,
    kbps: rates[index] ?? null,
    sharePct: shareOf(rates[index] ?? null, all),
    lastMsAgo: null,
    uptimeSeconds,
    jitterMs: jitter,
    organization: null,
  }));
  return { id: 'peers', totalBytes: null, links };
}

function shareOf(part: number | null, all: number): number | null {
  return part === null || all === 0 ? null : (part / all) * 100;
}
