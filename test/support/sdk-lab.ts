import {
  createMemoryTokenStore,
  createTelemyClient,
  type TelemyClient,
  type TelemyClientOptions,
} from '../../src/sdk/index.ts';
import type { TokenStore } from '../../src/sdk/token-store.ts';
import { type SignedIn, signInNewUser } from './factories.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { startTestApp, type TestApp, type TestAppOptions } from './test-app.ts';

/** A server, a bad network before it, and clients behind that. */
export interface SdkLab {
  app: TestApp;
  proxy: FaultProxy;
  /** A client of nobody, or of who is signed in. */
  client(device?: SignedIn, more?: Partial<TelemyClientOptions>): { client: TelemyClient; store: TokenStore };
  /** A client of a new user. */
  newUser(): Promise<{ client: TelemyClient; store: TokenStore; device: SignedIn }>;
}

/** Real time, a hundred times as fast: what a client waits for is over soon, and in the right order. */
export const FAST_TIMERS = {
  now: () => Date.now(),
  after(ms: number, run: () => void) {
    const handle = setTimeout(run, ms / 100);
    return () => clearTimeout(handle);
  },
};

/** Starts it before the tests of the surrounding `describe`, and stops it behind them. */
export function useSdkLab(options: TestAppOptions = {}): () => SdkLab {
  let lab: SdkLab | undefined;
  before(async () => {
    const app = await startTestApp(options);
    const proxy = await startFaultProxy(app.url);
    const client: SdkLab['client'] = (device, more = {}) => {
      const tokens = device ? { accessToken: device.token, refreshToken: device.refreshToken } : null;
      const store = createMemoryTokenStore(tokens);
      const own = { baseUrl: proxy.url, tokenStore: store, clientVersion: '1.0.0', timers: FAST_TIMERS };
      // The time limit is the only wait that must not be over soon.
      return { client: createTelemyClient({ timeoutMs: 1_000_000, ...own, ...more }), store };
    };
    const newUser = async () => {
      const device = await signInNewUser(app);
      return { device, ...client(device) };
    };
    lab = { app, proxy, client, newUser };
  });
  afterEach(() => {
    if (lab) lab.proxy.always = undefined;
  });
  after(async () => {
    await lab?.proxy.close();
    await lab?.app.stop();
  });
  return () => {
    if (!lab) throw new Error('The lab is there only while tests run.');
    return lab;
  };
}
