import type { Emit } from './studio.ts';

type Event = Parameters<Emit>;

/** Lets events through, or keeps them for a while. */
export function createEventValve(send: (...event: Event) => void) {
  let held: Event[] | undefined;
  const emit: Emit = (...event) => {
    if (held) held.push(event);
    else send(...event);
  };
  function hold() {
    const kept: Event[] = [];
    held = kept;
    return (order: 'as_happened' | 'reversed' = 'as_happened') => {
      if (held === kept) held = undefined;
      for (const event of order === 'reversed' ? kept.toReversed() : kept) send(...event);
    };
  }
  return { emit, hold };
}
