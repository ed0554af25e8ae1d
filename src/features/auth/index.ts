export { type AuthService, createAuthService, type UserPrincipal } from './auth-service.ts';
export { type AuthSession, listAuthSessions, revokeAllAuthSessions } from './auth-session-store.ts';
export { loginCommand, revokeDevicesOf } from './commands.ts';
export { type AuthHandlerDeps, createAuthHandlers } from './handlers.ts';
export { createLoginService, type LoginService } from './login-service.ts';
