import { countOf, fieldsOf, listOf, readJson } from './json.ts';

/** One stream at the SRT server. A field is null where it isn't told, or makes no sense. */
export interface PublisherStats {
  /** Name of the stream at the server. It can be a credential: not to be shown to anybody. */
  key: string;
  /** kbit/s. */
  bitrateKbps: number | null;
  /** Milliseconds. */
  rttMs: number | null;
  /** Packets that were missed, and those that came too late or never, since the stream began. */
  lostPackets: number | null;
  droppedPackets: number | null;
  /** Mbit/s. */
  receiveMbps: number | null;
  /** Estimated bandwidth of the path, Mbit/s. */
  bandwidthMbps: number | null;
  /** Of the receive buffer, milliseconds. */
  latencyMs: number | null;
  uptimeSeconds: number | null;
}

/**
 * Reads `GET http://RELAY:8090/stats/{player}?legacy=1` of the SRT server:
 * `{"status":"ok","publishers":{key:{bitrate,rtt,pktRcvLoss,…}}}`. Never throws.
 *
 * @param input the text of the answer, or its JSON value.
 * @returns null when it isn't such an answer, a torn one, or its status isn't `ok`; empty when nobody publishes.
 */
export function parseSlsStats(input: unknown): PublisherStats[] | null {
  return readJson(input, (value) => {
    const answer = fieldsOf(value);
    const publishers = fieldsOf(answer?.publishers);
    if (answer?.status !== 'ok' || !publishers) return null;
    return listOf(Object.entries(publishers), (entry) => readPublisher(entry as [string, unknown]));
  });
}

function readPublisher([key, value]: [string, unknown]): PublisherStats | null {
  const publisher = fieldsOf(value);
  return (
    publisher && {
      key,
      bitrateKbps: countOf(publisher.bitrate),
      rttMs: countOf(publisher.rtt),
      lostPackets: countOf(publisher.pktRcvLoss),
      droppedPackets: countOf(publisher.pktRcvDrop),
      receiveMbps: countOf(publisher.mbpsRecvRate),
      bandwidthMbps: countOf(publisher.mbpsBandwidth),
      latencyMs: countOf(publisher.latency),
      uptimeSeconds: countOf(publisher.uptime),
    }
  );
}
