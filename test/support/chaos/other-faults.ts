import { WINDOW_MS } from '../../../src/features/relay/capacity-cache.ts';
import type { RelayFaults } from '../../../src/features/relay/providers/local/faults.ts';
import { sendOnce } from './billing.ts';
import type { Fault } from './fault.ts';

/** How often a webhook comes at once. */
const COPIES = 3;
/** How long each API keeps what the provider told it of its room, and some. */
const FULL_BELIEVED_MS = WINDOW_MS + 5_000;

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
  {
    name: 'provider-full',
    group: 'provider',
    what: 'the provider has no room',
    async begin({ world }) {
      world.fullUntil = Number.POSITIVE_INFINITY;
      await world.provider.faults.set({ no_capacity: true });
      return async () => {
        await world.provider.faults.reset();
        world.fullUntil = performance.now() + FULL_BELIEVED_MS;
      };
    },
  },
  relays('answers-lost', "the provider makes relays, and its answers don't arrive", { hold_provision_answer: true }),
  relays('relays-silent', 'relays report nothing', { silent_relay: true }),
  {
    name: 'webhooks-again',
    group: 'other',
    what: `each webhook comes ${COPIES} times at once, in no order`,
    async begin({ billing, watch }) {
      const all = [...new Set(billing.bodies)].toReversed();
      const copies = all.flatMap((body) => Array<string>(COPIES).fill(body));
      const sent = Promise.all(
        copies.map(async (body) => {
          if (await sendOnce(body, watch)) billing.taken.add(body);
        }),
      );
      return async () => void (await sent);
    },
  },
];
