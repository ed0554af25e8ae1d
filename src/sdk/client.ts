import * as api from '../../generated/sdk/sdk.gen.ts';
import type { RelaySession } from '../../generated/sdk/types.gen.ts';
import { createCaller } from './caller.ts';
import type { CallOptions, TelemyClient, TelemyClientOptions } from './client-types.ts';
import { TelemyApiError } from './errors.ts';
import { login } from './login.ts';
import { newUuid } from './uuid.ts';
import { orAborted } from './wait.ts';

/**
 * Makes a client of the control plane for one device. Nothing is asked yet.
 *
 * @throws TypeError for options that cannot be used, such as an `http:` address that isn't this machine
 */
export function createTelemyClient(options: TelemyClientOptions): TelemyClient {
  const caller = createCaller(options);
  const { call, callOpen, tokens } = caller;
  const device = { version: options.clientVersion, platform: options.clientPlatform ?? 'unknown' };
  /** Made again when no answer came: it only reads, or the server knows it again. */
  const safe = ({ signal }: CallOptions) => ({ safe: true, signal });
  /** Made once: a second one could do a second thing. */
  const once = ({ signal }: CallOptions) => ({ safe: false, signal });

  return {
    baseUrl: caller.baseUrl,
    isSignedIn: async () => (await tokens.current()) !== null,
    login: (how) => login(caller, device, how),

    async logout(how = {}) {
      const before = await tokens.current();
      await tokens.keep(null);
      const tell = (auth: string) => callOpen(safe(how), (one) => api.logout({ ...one, auth, body: {} }));
      try {
        if (before) await tell(before.accessToken);
      } catch (error) {
        if (!(error instanceof TelemyApiError) || error.status !== 401) throw error;
        // The access token was too old; null: it was over before.
        const fresh = before && (await orAborted(tokens.trade(before), how.signal));
        if (fresh) await tell(fresh.accessToken);
      }
    },

    getSession: async (how = {}) => (await call(safe(how), (one) => api.getAuthSession(one))).data,

    async startRelay(body = {}, { idempotencyKey = newUuid(), ...how } = {}) {
      const headers = { 'Idempotency-Key': idempotencyKey };
      const { data, response } = await call(safe(how), (one) => api.startRelay({ ...one, body, headers }));
      const isReplay = response.headers.get('Idempotent-Replayed') === 'true';
      const found = isReplay ? 'replayed' : 'existing';
      return { session: data.session, outcome: response.status === 201 ? 'created' : found };
    },

    async getActiveRelay({ connectionId, waitSeconds = 0, sinceVersion } = {}, how = {}): Promise<RelaySession | null> {
      const query = {
        ...(connectionId === undefined ? {} : { connection_id: connectionId }),
        ...(waitSeconds === 0 ? {} : { wait_seconds: waitSeconds }),
        ...(sinceVersion === undefined ? {} : { since_version: sinceVersion }),
      };
      const held = { ...safe(how), holdSeconds: waitSeconds };
      const { data, response } = await call(held, (one) => api.getActiveRelay({ ...one, query }));
      return response.status === 204 ? null : (data as { session: RelaySession }).session;
    },

    async getRelaySession(session_id, how = {}) {
      const path = { session_id };
      return (await call(safe(how), (one) => api.getRelaySession({ ...one, path }))).data.session;
    },

    // Stopping one session twice is the same as once; "the only live one" may be another the second time.
    stopRelay: async (body = {}, how = {}) =>
      (await call(body.session_id === undefined ? once(how) : safe(how), (one) => api.stopRelay({ ...one, body })))
        .data,

    // The same target again is no second move.
    migrateRelay: async (body, how = {}) =>
      (await call(safe(how), (one) => api.migrateRelay({ ...one, body }))).data.session,

    // The next one comes soon enough.
    heartbeat: async (body, how = {}) => (await call(once(how), (one) => api.reportRelayHealth({ ...one, body }))).data,

    getManifest: async (how = {}) => (await call(safe(how), (one) => api.getRelayManifest(one))).data,
    getUsage: async (how = {}) => (await call(safe(how), (one) => api.getCurrentUsage(one))).data,
    listUsageSessions: async (query = {}, how = {}) =>
      (await call(safe(how), (one) => api.listUsageSessions({ ...one, query }))).data,
    listStreamSlots: async (how = {}) => (await call(safe(how), (one) => api.listStreamSlots(one))).data.stream_slots,

    async renameStreamSlot(slot_number, label, how = {}) {
      const path = { slot_number };
      return (await call(safe(how), (one) => api.renameStreamSlot({ ...one, path, body: { label } }))).data;
    },

    regenerateStreamToken: async (slot_number = 1, how = {}) =>
      (await call(once(how), (one) => api.regenerateStreamToken({ ...one, body: { slot_number } }))).data,

    createCheckout: async (body, how = {}) =>
      (await call(once(how), (one) => api.createCheckout({ ...one, body }))).data,
    getCapacity: async (how = {}) => (await callOpen(safe(how), (one) => api.getCapacityStatus(one))).data,
  };
}
