import { randomUUID } from 'node:crypto';
import { type IdentityUser, type ScriptedProvider, startScriptedProvider } from './identity-provider/scripted/index.ts';
import { createPageClient, type PageClient } from './page-client.ts';
import { startTestApp, type TestApp, type TestAppOptions } from './test-app.ts';

/** Long enough for HS256, and to be told apart from chance. */
export const CLIENT_SECRET = 'a-client-secret-that-only-this-test-knows';

/** An application whose people sign in at a provider that does what a test tells it. */
export interface ScriptedLab {
  app: TestApp;
  provider: ScriptedProvider;
  /** A browser that was never here. */
  browser(headers?: Record<string, string>): PageClient;
}

/** The environment of an application that trusts this provider. */
export function providerEnv({ issuer }: ScriptedProvider): Record<string, string> {
  return {
    LOG_LEVEL: 'trace',
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'telemy-test',
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    OIDC_TRUSTED_EMAIL: 'true',
    OIDC_PROVIDER_NAME: 'Example ID',
  };
}

/** Starts both before the tests of the surrounding `describe`, and stops them behind. The script is empty for each test. */
export function useScriptedLab(options: TestAppOptions = {}): () => ScriptedLab {
  let lab: ScriptedLab | undefined;
  before(async () => {
    const provider = await startScriptedProvider({ clientId: 'telemy-test', clientSecret: CLIENT_SECRET });
    const env = { ...providerEnv(provider), ...options.env };
    const app = await startTestApp({ roles: ['api'], ...options, env });
    lab = { app, provider, browser: (headers) => createPageClient(app.url, headers) };
  });
  beforeEach(() => {
    if (lab) lab.provider.script = {};
  });
  after(async () => {
    await lab?.app.stop();
    await lab?.provider.close();
  });
  return () => {
    if (!lab) throw new Error('The lab is there only while tests run.');
    return lab;
  };
}

/** Someone who was never here. */
export function newPerson(more: Partial<IdentityUser> = {}): IdentityUser {
  const id = randomUUID();
  return { subject: id, email: `${id}@example.com`, emailVerified: true, name: `Person ${id.slice(0, 4)}`, ...more };
}
