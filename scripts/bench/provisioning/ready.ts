/** Learns when relays become ready: each tells its health at that very moment. */
export interface ReadyWatch {
  /** For the stand-ins to tell their health by. */
  fetch: typeof fetch;
  /** By session, in milliseconds since 1970. */
  at: ReadonlyMap<string, number>;
}

export function watchReady(): ReadyWatch {
  const at = new Map<string, number>();
  return {
    at,
    fetch(input, init) {
      const { session_id } = JSON.parse(String(init?.body)) as { session_id: string };
      if (!at.has(session_id)) at.set(session_id, Date.now());
      return fetch(input, init);
    },
  };
}
