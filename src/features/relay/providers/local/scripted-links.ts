import { createHash } from 'node:crypto';

/** The links of a scripted sender: an addr from the networks kept for documentation, and a mean bitrate. */
export const SCRIPTED_LINKS = [
  { asnOrg: 'T-Mobile USA, Inc.', ip: '198.51.100.21', meanKbps: 3500 },
  { asnOrg: 'AT&T Mobility', ip: '203.0.113.84', meanKbps: 2000 },
  { asnOrg: 'Verizon Wireless', ip: '192.0.2.137', meanKbps: 1000 },
] as const;

/** Which scripted link: an index into `SCRIPTED_LINKS`. */
export type LinkIndex = 0 | 1 | 2;

/** A slow and a fast swing around the mean; together less than 1, so that a rate never reaches zero. */
const SWINGS = [
  { depth: 0.18, shortestSeconds: 31, spanSeconds: 30 },
  { depth: 0.1, shortestSeconds: 7, spanSeconds: 10 },
] as const;

/** Payload and header of a full SRT packet. */
const PACKET_BYTES = 1332;

/** The link's bitrate in kbit/s at `elapsedMs` of its script. The same arguments always give the same value. */
export function linkKbps(seed: string, link: LinkIndex, elapsedMs: number): number {
  const seconds = elapsedMs / 1000;
  const swing = swings(seed, link).reduce(
    (sum, { depth, turn, phase }) => sum + depth * Math.sin(turn * seconds + phase),
    0,
  );
  return SCRIPTED_LINKS[link].meanKbps * (1 + swing);
}

/** Whole bytes that the link has carried from 0 to `elapsedMs`: the integral of `linkKbps`, so it never falls. */
export function linkBytes(seed: string, link: LinkIndex, elapsedMs: number): number {
  const seconds = elapsedMs / 1000;
  const integral = swings(seed, link).reduce(
    (sum, { depth, turn, phase }) => sum + (depth / turn) * (Math.cos(phase) - Math.cos(turn * seconds + phase)),
    seconds,
  );
  return Math.floor(SCRIPTED_LINKS[link].meanKbps * 125 * integral);
}

/** How many packets so many bytes are. */
export function packetsOf(bytes: number): number {
  return Math.ceil(bytes / PACKET_BYTES);
}

/** A whole number from 0 to `below` - 1, decided by `text` alone. */
export function numberFrom(text: string, below: number): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) % below;
}

function swings(seed: string, link: LinkIndex) {
  return SWINGS.map(({ depth, shortestSeconds, spanSeconds }, index) => {
    const period = shortestSeconds + numberFrom(`${seed}:${link}:${index}:period`, spanSeconds * 1000) / 1000;
    const phase = (numberFrom(`${seed}:${link}:${index}:phase`, 3600) / 3600) * 2 * Math.PI;
    return { depth, turn: (2 * Math.PI) / period, phase };
  });
}
