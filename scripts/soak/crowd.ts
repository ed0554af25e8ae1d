import { systemTimers, type Timers } from '../../src/sdk/timers.ts';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createObserver, type Observed } from './observed-fetch.ts';
import { createOperationNames } from './operations.ts';
import { type Plugin, startPlugin } from './plugin.ts';

/** Many plugins of one process. Plain data, so that it can be sent to another one. */
export interface CrowdOptions {
  baseUrl: string;
  regions: readonly string[];
  /** Secret of the door by which logins are completed. */
  completeKey: string;
  staleToken: string;
  seed: number;
  /** The accounts of the plugins, one each. */
  userIds: readonly string[];
  /** Of so many plugins, one shows its relay's statistics. */
  telemetryOf: number;
  /** Time limit of an answer, in milliseconds of the plugins' time; default: the SDK's. */
  timeoutMs?: number;
  /** How long a plugin stays off between a stop and the next start, in milliseconds of its time; default: 10,000. */
  offMs?: number;
}

/** Plugins that are living. */
export interface Crowd {
  /** What they saw since the last call. */
  take(): Observed;
  /** Ends them all, and resolves once their relays are stopped. */
  end(): Promise<void>;
}

/** Starts the plugins; each signs in when its time has come. */
export function startCrowd(options: CrowdOptions, timers: Timers = systemTimers): Crowd {
  const observer = createObserver(createOperationNames());
  const plugins = options.userIds.map((userId, index) =>
    startPlugin({
      baseUrl: options.baseUrl,
      observer,
      timers,
      random: createSeededRandom(options.seed * 1_000_003 + index),
      regions: options.regions,
      staleToken: options.staleToken,
      approve: (url) => approve(options, observer.fetch, url, userId),
      timeoutMs: options.timeoutMs,
      offMs: options.offMs,
      readsTelemetry: index % options.telemetryOf === 0,
    }).catch((error): Plugin => {
      observer.note(`A plugin could not begin: ${error}`);
      return { end: async () => {} };
    }),
  );
  return {
    take: observer.take,
    async end() {
      await Promise.all(plugins.map(async (plugin) => (await plugin).end()));
    },
  };
}

/** As the web tier does once the user has said yes. */
async function approve(options: CrowdOptions, send: typeof fetch, page: string, userId: string): Promise<void> {
  const login_attempt_id = new URL(page).searchParams.get('attempt');
  const response = await send(`${options.baseUrl}/api/v1/auth/plugin/login/complete`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Plugin-Login-Auth': options.completeKey },
    body: JSON.stringify({ login_attempt_id, outcome: 'completed', user_id: userId }),
  });
  if (response.status !== 204) throw new Error(`A login could not be approved: ${response.status}.`);
}
