import type { Clock } from '../../../../src/clock.ts';
import type { IdentityUser } from '../user.ts';
import type { SigningKey } from './keys.ts';
import type { Script } from './script.ts';

/** A sign-in that the authorization endpoint let through. */
export interface Authorization {
  /** As it was asked for, every parameter. */
  request: URLSearchParams;
  user: IdentityUser;
}

/** What the endpoints of the scripted provider share. */
export interface ProviderState {
  issuer: string;
  clientId: string;
  clientSecret: string;
  clock: Clock;
  /** The next one to sign in. */
  user: IdentityUser;
  script: Script;
  /** The published one. */
  key: SigningKey;
  /** Never published. */
  strangeKey: SigningKey;
  /** By their codes, which are taken away when they are exchanged. */
  codes: Map<string, Authorization>;
  /** The last one that was exchanged. */
  usedCode: string | undefined;
  /** By their access tokens. */
  tokens: Map<string, Authorization>;
}
