import type { RelaySettings } from './user-data.ts';

/** The parts of a relay, in the order in which they usually come up. */
export type RelayPart = 'stats' | 'sls' | 'stream';

export const RELAY_PARTS: RelayPart[] = ['stats', 'sls', 'stream'];

export interface Stream {
  publisher: string;
  player: string;
  description: string;
}

/** The software of one instance. */
export interface Relay {
  settings: RelaySettings;
  up: Set<RelayPart>;
  /** Parts that a test holds down, whatever the timing says. */
  held: Set<RelayPart>;
  /** By player. */
  streams: Map<string, Stream>;
}

export function createRelay(settings: RelaySettings): Relay {
  return { settings, up: new Set(), held: new Set(), streams: new Map() };
}

/** Brings up one part, unless it is up already. The stream id that was there once isn't made again. */
export function bringUp(relay: Relay, part: RelayPart): void {
  if (relay.up.has(part)) return;
  relay.up.add(part);
  const { stream } = relay.settings;
  if (part === 'stream' && stream) relay.streams.set(stream.player, { ...stream, description: 'user data' });
}

/** Takes down one part: a port that hangs up, or the stream id of the user data gone. */
export function takeDown(relay: Relay, part: RelayPart): void {
  relay.up.delete(part);
  if (part === 'stream' && relay.settings.stream) relay.streams.delete(relay.settings.stream.player);
}
