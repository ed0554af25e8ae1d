export type * from '../../generated/sdk/types.gen.ts';
export { createTelemyClient } from './client.ts';
export type {
  ActiveRelayQuery,
  CallOptions,
  StartedRelay,
  TelemyClient,
  TelemyClientOptions,
} from './client-types.ts';
export { type ApiErrorFacts, TelemyApiError, TelemyNetworkError } from './errors.ts';
export type { LoginOptions, LoginOutcome } from './login-types.ts';
export type { Timers } from './timers.ts';
export type { DeviceTokens, TokenStore } from './token-store.ts';
export { createLocalStorageTokenStore, createMemoryTokenStore, type TextStorage } from './token-stores.ts';
