import { createLocalRelays, provisionRequest } from '../support/local-relays.ts';
import { describeConformance } from './conformance.ts';

describeConformance('local', async () => {
  const relays = await createLocalRelays();
  await relays.startHost();
  const provider = relays.createProvider();
  return {
    provider,
    regions: ['us-east-1', 'eu-west-1'],
    request: provisionRequest,
    unknownId: 'local-0123456789abcdef01234567',
    // To the host an instance that another client takes down is one that ended.
    async lose({ instanceId, sessionId, region }) {
      await relays.createProvider().deprovision({ instanceId, sessionId, region });
    },
    async fill(regions) {
      await provider.faults.set({ no_capacity: [...regions] });
    },
    close: relays.cleanUp,
  };
});
