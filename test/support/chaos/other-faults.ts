import type { RelayFaults } from '../../../src/features/relay/providers/local/faults.ts';
import { sendOnce } from './billing.ts';
import { type Fault, nothing } from './fault.ts';

/** How often a webhook comes at once. */
const COPIES = 3;

const relays = (name: string, what: string, faults: RelayFaults): Fault => ({
  name,
  group: 'provider',
  what,
  async begin({ world: { provider } }) {
    await provider.faults.set(faults);
    return () => provider.faults.reset();
  },
});

/** Of those that the service works with. */
export const OTHER_FAULTS: readonly Fault[] = [
  relays('provider-slow', 'each step of a launch takes 1.5 s', { slow_launch_ms: 1_500 }),
  relays('provider-fails', 'the provider answers 500 to every launch', { fail_provision: true }),
  relays('provider-full', 'the provider has no room', { no_capacity: true }),
  relays('answers-lost', "the provider makes relays, and its answers don't arrive", { hold_provision_answer: true }),
  relays('relays-silent', 'relays report nothing', { silent_relay: true }),
  {
    name: 'webhooks-again',
    group: 'other',
    what: `each webhook comes ${COPIES} times at once, in no order`,
    async begin({ billing, watch }) {
      const all = [...new Set(billing.bodies)].toReversed();
      const copies = all.flatMap((body) => Array<string>(COPIES).fill(body));
      await Promise.all(
        copies.map(async (body) => {
          if (await sendOnce(body, watch)) billing.taken.add(body);
        }),
      );
      return nothing;
    },
  },
];
