import type { Adapter, AdapterPayload } from 'oidc-provider';

/**
 * Storage of one kind of the provider's objects. Nothing is thrown out when it expires: the library looks at the time
 * itself, and a provider of tests and development is closed long before that fills the memory.
 */
export function createMemoryAdapter(): Adapter {
  const payloads = new Map<string, AdapterPayload>();
  const findBy = (fits: (payload: AdapterPayload) => boolean) => [...payloads.values()].find(fits);
  return {
    async upsert(id, payload) {
      payloads.set(id, payload);
    },
    async find(id) {
      return payloads.get(id);
    },
    async findByUid(uid) {
      return findBy((payload) => payload.uid === uid);
    },
    async findByUserCode(userCode) {
      return findBy((payload) => payload.userCode === userCode);
    },
    async consume(id) {
      const payload = payloads.get(id);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      payloads.delete(id);
    },
    async revokeByGrantId(grantId) {
      for (const [id, payload] of payloads) if (payload.grantId === grantId) payloads.delete(id);
    },
  };
}
