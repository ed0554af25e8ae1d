import { TelemyApiError, TelemyNetworkError } from '../../../src/sdk/errors.ts';
import type { RelayClient } from '../../../src/sdk/relay/index.ts';
import { type Answer, call, type RequestOptions } from '../../support/http.ts';

/** The client's calls for relays over real HTTP, without repetitions and refreshes of its own. */
export function createHttpClient(app: { url: string }, token: string): RelayClient {
  async function ask(method: string, path: string, options: RequestOptions): Promise<Answer> {
    const answer = await call(app, method, path, { token, ...options }).catch((error) => {
      if (options.signal?.aborted) throw options.signal.reason;
      throw new TelemyNetworkError('unreachable', String(error), error);
    });
    if (answer.status < 400) return answer;
    const { code, message, reason_code: reasonCode, request_id: requestId, details } = answer.body.error;
    const after = answer.headers.get('Retry-After');
    const retryAfter = after === null ? undefined : Number(after);
    throw new TelemyApiError({ status: answer.status, code, message, reasonCode, requestId, retryAfter, details });
  }
  const withSignal = (signal?: AbortSignal) => (signal ? { signal } : {});

  return {
    async startRelay(body = {}, { idempotencyKey = crypto.randomUUID(), signal } = {}) {
      const headers = { 'Idempotency-Key': idempotencyKey };
      const {
        status,
        headers: given,
        body: answer,
      } = await ask('POST', '/relay/start', { body, headers, ...withSignal(signal) });
      const again = given.has('Idempotent-Replayed') ? 'replayed' : 'existing';
      return { session: answer.session, outcome: status === 201 ? 'created' : again };
    },
    async getActiveRelay({ connectionId, waitSeconds, sinceVersion } = {}, { signal } = {}) {
      const named = { connection_id: connectionId, wait_seconds: waitSeconds, since_version: sinceVersion };
      const given = Object.entries(named).filter(([, value]) => value !== undefined);
      const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
      const { status, body } = await ask('GET', `/relay/active?${query}`, withSignal(signal));
      return status === 204 ? null : body.session;
    },
    getRelaySession: async (id, { signal } = {}) =>
      (await ask('GET', `/relay/sessions/${id}`, withSignal(signal))).body.session,
    stopRelay: async (body = {}, { signal } = {}) =>
      (await ask('POST', '/relay/stop', { body, ...withSignal(signal) })).body,
    migrateRelay: async (body, { signal } = {}) =>
      (await ask('POST', '/relay/migrate', { body, ...withSignal(signal) })).body.session,
    heartbeat: async (body, { signal } = {}) =>
      (await ask('POST', '/relay/health', { body, ...withSignal(signal) })).body,
  };
}
