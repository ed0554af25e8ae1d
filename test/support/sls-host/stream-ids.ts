/** A pair of keys: who knows the first may feed the stream, who knows the second may watch it. */
export interface StreamId {
  publisher: string;
  player: string;
  /** Empty where there is none. */
  description: string;
}

/** The stream ids of one host. A publisher may have several players, but each player only one publisher. */
export interface StreamIdStore {
  /** In the order in which they were added. */
  list(): StreamId[];
  has(player: string): boolean;
  /** False, and nothing changes, where the player exists. */
  add(stream: StreamId): boolean;
  /** False where there is no such player. */
  remove(player: string): boolean;
  clear(): void;
}

export function createStreamIdStore(): StreamIdStore {
  const streams = new Map<string, StreamId>();
  return {
    list: () => [...streams.values()],
    has: (player) => streams.has(player),
    add(stream) {
      if (streams.has(stream.player)) return false;
      streams.set(stream.player, stream);
      return true;
    },
    remove: (player) => streams.delete(player),
    clear: () => streams.clear(),
  };
}
