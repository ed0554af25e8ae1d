import { countOf, fieldsOf, listOf, readJson, textOf } from './json.ts';

/** One link of a sender, as the receiver tells it. A field is null where it isn't told, or makes no sense. */
export interface ConnectionStats {
  /** IP address and port: not to be shown to anybody. */
  addr: string;
  /** Received since the link joined. */
  bytes: number | null;
  packets: number | null;
  /** Part of the sender's bytes, 0 to 100. */
  sharePct: number | null;
  /** Milliseconds since the last packet; real receivers tell whole seconds. */
  lastMsAgo: number | null;
  /** Since the link joined; whole seconds. */
  uptimeSeconds: number | null;
  /** Who runs the network that the address belongs to. */
  asnOrg: string | null;
}

/** One sender. */
export interface GroupStats {
  id: string;
  /** Received over all links, with those that have left. */
  totalBytes: number | null;
  streamId: string | null;
  connections: ConnectionStats[];
}

/** One link, as newer receivers tell it. */
export interface PeerStats {
  /** Name of the link at the receiver, perhaps an address: not to be shown to anybody. */
  connectionId: string;
  /** kbit/s. */
  bitrate: number | null;
  /** kbit/s. */
  throughput: number | null;
  /** Milliseconds. */
  jitter: number | null;
  uptimeSeconds: number | null;
}

/**
 * Reads `GET http://RELAY:5080/stats`: `{"groups":[{id,total_bytes,stream_id?,connections:[…]}]}`. Entries that can't be
 * read are left out. Never throws.
 *
 * @param input the text of the answer, or its JSON value.
 * @returns null when it isn't such an answer, or a torn one.
 */
export function parseLinkStats(input: unknown): GroupStats[] | null {
  return readJson(input, (value) => listOf(fieldsOf(value)?.groups, readGroup));
}

/**
 * Reads newer receivers' `{"peers":[{connection_id,bitrate,throughput,jitter,uptime}]}`. Never throws.
 *
 * @param input the text of the answer, or its JSON value.
 * @returns null when it isn't such an answer, or a torn one.
 */
export function parsePeerStats(input: unknown): PeerStats[] | null {
  return readJson(input, (value) => listOf(fieldsOf(value)?.peers, readPeer));
}

function readGroup(value: unknown, index: number): GroupStats | null {
  const group = fieldsOf(value);
  const connections = listOf(group?.connections, readConnection);
  if (!group || !connections) return null;
  return {
    id: textOf(group.id) ?? `#${index}`,
    totalBytes: countOf(group.total_bytes),
    streamId: textOf(group.stream_id),
    connections,
  };
}

function readConnection(value: unknown): ConnectionStats | null {
  const connection = fieldsOf(value);
  const addr = textOf(connection?.addr);
  if (!connection || !addr) return null;
  return {
    addr,
    bytes: countOf(connection.bytes),
    packets: countOf(connection.pkts),
    sharePct: countOf(connection.share_pct, 100),
    lastMsAgo: countOf(connection.last_ms_ago),
    uptimeSeconds: countOf(connection.uptime_s),
    asnOrg: textOf(connection.asn_org),
  };
}

function readPeer(value: unknown): PeerStats | null {
  const peer = fieldsOf(value);
  const id = peer?.connection_id;
  const connectionId = textOf(typeof id === 'number' ? String(id) : id);
  if (!peer || !connectionId) return null;
  return {
    connectionId,
    bitrate: countOf(peer.bitrate),
    throughput: countOf(peer.throughput),
    jitter: countOf(peer.jitter),
    uptimeSeconds: countOf(peer.uptime),
  };
}
