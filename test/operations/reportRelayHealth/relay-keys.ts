import assert from 'node:assert/strict';
import type { TestApp } from '../../support/test-app.ts';

/**
 * Listens to what the worker hands to its provider, from now on.
 *
 * @returns the key that a session's relay got.
 */
export function watchRelayKeys(app: TestApp): (sessionId: string) => string {
  const keys = new Map<string, string>();
  const { provider } = app;
  const provision = provider.provision;
  provider.provision = (request, placement) => {
    keys.set(request.sessionId, request.relayKey);
    return provision(request, placement);
  };
  return (sessionId) => {
    const key = keys.get(sessionId);
    assert.ok(key !== undefined, `a relay of ${sessionId} was launched`);
    return key;
  };
}
