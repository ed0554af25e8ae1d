/** Long polls that may wait at a time, one less than the server lets a user have: another program may want one. */
const PLACES = 3;

/** Counts the long polls of all connections of a manager. */
export interface PollPlaces {
  /** False: all are taken. */
  take(): boolean;
  giveBack(): void;
}

export function createPollPlaces(): PollPlaces {
  let taken = 0;
  return {
    take() {
      if (taken >= PLACES) return false;
      taken += 1;
      return true;
    },
    giveBack() {
      taken -= 1;
    },
  };
}
