import type { Clock } from '../../../../clock.ts';
import type { Place } from './places.ts';

/** Which places lately had no room. Kept by each process for itself. */
export interface RoomMarks {
  noteFull(places: readonly Place[]): void;
  /** A launch went well there. */
  noteRoom(place: Place): void;
  /** Whether each of these places was full a moment ago. */
  areFull(places: readonly Place[]): boolean;
}

/** How long a place counts as full, in milliseconds. */
const FULL_FOR_MS = 60_000;

export function createRoomMarks(clock: Clock): RoomMarks {
  const fullUntil = new Map<string, number>();
  return {
    noteFull(places) {
      const until = clock.now().getTime() + FULL_FOR_MS;
      for (const { name } of places) fullUntil.set(name, until);
    },
    noteRoom({ name }) {
      fullUntil.delete(name);
    },
    areFull(places) {
      const now = clock.now().getTime();
      return places.every(({ name }) => (fullUntil.get(name) ?? 0) > now);
    },
  };
}
