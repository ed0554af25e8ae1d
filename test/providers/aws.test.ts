import { AWAY, HOME, requestFor, startAwsRelays } from '../support/aws-relays.ts';
import { describeConformance } from './conformance.ts';

describeConformance('aws', async () => {
  const relays = await startAwsRelays({ ec2: { endpoints: true, timing: { pendingMs: 1, shuttingDownMs: 1 } } });
  let made = 0;
  return {
    provider: relays.provider,
    regions: [HOME, AWAY],
    request(values) {
      made += 1;
      return requestFor(values?.sessionId ?? `ses_${made}`, { token: `token-${made}`, anyRegion: false, ...values });
    },
    unknownId: 'i-0123456789abcdef0',
    async lose({ instanceId }) {
      relays.ec2.terminate(instanceId);
    },
    async fill(regions) {
      for (const region of regions) relays.ec2.setCapacity({ region }, 0);
    },
    close: relays.close,
  };
});
