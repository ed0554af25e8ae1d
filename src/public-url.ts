import type { Config } from './config.ts';
import type { RunningServer } from './http/server.ts';

/** Where browsers and relays reach the API. */
export function publicUrl(config: Config, api: RunningServer | undefined): string {
  return config.publicBaseUrl ?? api?.url ?? `http://localhost:${config.listen.port}`;
}
