import type { RelaySession } from '../../../generated/sdk/types.gen.ts';

/** Addresses of a relay's statistics; one that is left out isn't asked. */
export interface TelemetrySources {
  /** Of its links, such as `http://RELAY:5080/stats`. */
  links?: string;
  /** Of its SRT server, such as `http://RELAY:8090/stats/play_TOKEN?legacy=1`. */
  sls?: string;
}

/** Where the relay of a session tells its statistics; empty as long as its address isn't known. */
export function telemetrySourcesOf({
  relay,
  credentials,
}: Pick<RelaySession, 'relay' | 'credentials'>): TelemetrySources {
  const ip = relay.public_ip;
  if (!ip) return {};
  const host = `http://${ip.includes(':') ? `[${ip}]` : ip}`;
  const player = credentials && `play_${encodeURIComponent(credentials.stream_token)}`;
  return {
    links: `${host}:${relay.stats_port}/stats`,
    ...(player && { sls: `${host}:${relay.sls_port}/stats/${player}?legacy=1` }),
  };
}
