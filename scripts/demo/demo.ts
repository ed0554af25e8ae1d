/** What a walk works with. */
export interface Demo {
  /** The server; without a trailing slash. */
  url: string;
  adminUrl: string;
  dataDir: string;
  /** How long to watch the links. */
  seconds: number;
  /** Proves the web tier that decides sign-ins. */
  loginKey: string;
  /** Aborted when the demo is to end early. */
  signal: AbortSignal;
}
