import { existsSync } from 'node:fs';
import type { Config } from './config.ts';
import type { OidcSettings } from './features/auth/oidc-settings.ts';

/** An OpenID Connect provider in this process, at which development signs in. It keeps everything in memory. */
export interface DevelopmentIdentity {
  /** Where its pages are. */
  url: string;
  /** What the configuration says of the sign-in, with this provider in it. */
  oidc: OidcSettings;
  close(): Promise<void>;
}

const STAND_IN = new URL('../test/support/identity-provider/index.ts', import.meta.url);
/** Accounts are linked by issuer, which must therefore be the same at each start where that can be had. */
const PREFERRED_PORT = 9091;
/** It takes connections from this machine only, and signs in everybody, so there is nothing to hide. */
const CLIENT = { clientId: 'telemy-development', clientSecret: 'development' };
/** Who signs in there. */
export const DEMO_USER = { subject: 'demo', email: 'demo@example.com', emailVerified: true, name: 'Demo Streamer' };

/**
 * Starts the tests' provider, so that signing in by browser can be tried locally without an account anywhere.
 *
 * @param publicUrl where browsers reach the API, without a trailing slash, once it listens.
 * @param port of the provider; a free one is taken where somebody else has it.
 * @returns undefined outside of development, where a real provider is configured, and in an install without the tests.
 */
export async function startDevelopmentIdentity(
  { environment, oidc }: { environment: Config['environment']; oidc: OidcSettings | undefined },
  publicUrl: () => string | undefined,
  port: number = PREFERRED_PORT,
): Promise<DevelopmentIdentity | undefined> {
  if (environment !== 'development' || oidc !== undefined || !existsSync(STAND_IN)) return undefined;
  const { startIdentityProvider } = await import('../test/support/identity-provider/index.ts');
  const start = (at: number) =>
    startIdentityProvider({
      ...CLIENT,
      port: at,
      users: [DEMO_USER],
      redirectUris: () => {
        const url = publicUrl();
        return url === undefined ? [] : [`${url}/login/callback`];
      },
    });
  const { issuer, close } = await startOnFreePort(port, start);
  return {
    url: issuer,
    oidc: {
      issuer,
      ...CLIENT,
      scopes: ['openid', 'email', 'profile'],
      emailTrusted: true,
      providerName: 'the development sign-in',
    },
    close,
  };
}

async function startOnFreePort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return await start(0);
  }
}
