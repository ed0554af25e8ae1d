import type { Input } from './input.ts';
import type { RelayError } from './relay-error.ts';

/** Whether the server can be reached, as far as the answers tell. */
export interface Reach {
  isOnline(): boolean;
  /** Takes note of what came to any connection. */
  note(input: Input): void;
}

/** Inputs that only an answer of the server brings. */
const ANSWERS = new Set<Input['type']>(['started', 'seen', 'moved', 'stopped', 'beat_accepted']);

/** Every answer, a refusal too, means that the server can be reached. */
export function createReach(on: { offline(error: RelayError): void; online(): void }): Reach {
  let isOnline = true;
  return {
    isOnline: () => isOnline,
    note(input) {
      const error = input.type === 'failed' || input.type === 'beat_failed' ? input.error : null;
      const isAnswer = error?.kind === 'api' || ANSWERS.has(input.type);
      if (error?.kind === 'network' && isOnline) {
        isOnline = false;
        on.offline(error);
      } else if (isAnswer && !isOnline) {
        isOnline = true;
        on.online();
      }
    },
  };
}
