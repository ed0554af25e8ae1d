export { type AuthService, createAuthService, type UserPrincipal } from './auth-service.ts';
export {
  type AuthSession,
  listAuthSessions,
  listLiveAuthSessions,
  revokeAllAuthSessions,
  revokeAuthSessionOf,
} from './auth-session-store.ts';
export { type BrowserLogins, createBrowserLogins, type LoginSight } from './browser-login.ts';
export { loginCommand, revokeDevicesOf } from './commands.ts';
export { type AuthHandlerDeps, createAuthHandlers } from './handlers.ts';
export { createIdentityService, type Identity, type IdentityService } from './identity-service.ts';
export { deriveKeyRing } from './key-ring.ts';
export { createLoginService, type LoginService } from './login-service.ts';
export type { LoginAttempt } from './login-store.ts';
export { createOidcClient, type OidcClient, SignInFailedError, type SignInSecrets } from './oidc-client.ts';
export type { OidcSettings } from './oidc-settings.ts';
export { readUserCode } from './user-code.ts';
