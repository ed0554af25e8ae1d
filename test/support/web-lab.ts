import { type IdentityProvider, type IdentityUser, startIdentityProvider } from './identity-provider/index.ts';
import { startTestApp, type TestApp } from './test-app.ts';

const CLIENT = { clientId: 'telemy-test', clientSecret: 'telemy-test-secret' };

export const MIA: IdentityUser = { subject: 'mia', email: 'mia@example.com', emailVerified: true, name: 'Mia' };
export const TOM: IdentityUser = { subject: 'tom', email: 'tom@example.com', emailVerified: true, name: 'Tom' };

/** An application with pages, and a real identity provider that Mia and Tom have accounts at. */
export interface WebLab {
  app: TestApp;
  provider: IdentityProvider;
}

/** Starts both before the tests of the surrounding `describe`, and stops them behind. */
export function useWebLab(env: Record<string, string> = {}): () => WebLab {
  let lab: WebLab | undefined;
  before(async () => {
    let app: TestApp | undefined;
    const redirectUris = () => (app ? [`${app.url}/login/callback`] : []);
    const provider = await startIdentityProvider({ ...CLIENT, redirectUris, users: [MIA, TOM] });
    app = await startTestApp({
      roles: ['api'],
      env: {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: CLIENT.clientId,
        OIDC_CLIENT_SECRET: CLIENT.clientSecret,
        OIDC_TRUSTED_EMAIL: 'true',
        OIDC_PROVIDER_NAME: 'Example ID',
        ...env,
      },
    });
    lab = { app, provider };
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
