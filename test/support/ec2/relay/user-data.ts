/** What a relay makes of its user data. */
export interface RelaySettings {
  /** The stream id that comes into being by itself; undefined: none does. */
  stream?: { publisher: string; player: string };
  /** The key of the API for stream ids; undefined: any bearer token will do. */
  apiKey?: string;
}

export type UserDataReader = (userData: string) => RelaySettings;

/** The default: the first `live_…` in the text is the publisher, the first `play_…` the player. Any API key will do. */
export function findStream(userData: string): RelaySettings {
  const publisher = /\blive_[A-Za-z0-9_-]+/.exec(userData)?.[0];
  const player = /\bplay_[A-Za-z0-9_-]+/.exec(userData)?.[0];
  return publisher && player ? { stream: { publisher, player } } : {};
}
