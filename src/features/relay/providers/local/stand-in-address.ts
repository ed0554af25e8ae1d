import { numberFrom } from './scripted-links.ts';

/** Where a stand-in tries to listen: an address of this machine, and the ports a relay usually has or any free ones. */
export interface Place {
  ip: string;
  ports: 'usual' | 'any';
}

/** Tries at addresses of one's own before the usual ports count as taken on this whole machine. */
const MAX_TRIES = 32;
/** Each of the last three parts of an address is one of 1..254, which leaves 127.0.x.y to others. */
const PART = 254;

/** Gives each stand-in a place of its own. */
export interface AddressBook {
  /**
   * Calls `open` with places until one isn't taken (EADDRINUSE), and answers what it answered.
   *
   * @throws whatever else `open` throws.
   */
  openFirstFree<T>(open: (place: Place) => Promise<T>): Promise<T>;
}

/**
 * On Linux every address in 127.0.0.0/8 can be listened on, so each stand-in gets its own with the usual ports; which
 * comes first is decided by `seed`. Elsewhere, and where something listens on a usual port of every address, it is
 * 127.0.0.1 with free ports.
 */
export function createAddressBook(seed: string, platform: NodeJS.Platform): AddressBook {
  let next = numberFrom(seed, PART ** 3);

  function takeNext(): Place {
    const ip = `127.${1 + Math.floor(next / PART ** 2)}.${1 + (Math.floor(next / PART) % PART)}.${1 + (next % PART)}`;
    next = (next + 1) % PART ** 3;
    return { ip, ports: 'usual' };
  }

  return {
    async openFirstFree(open) {
      for (let tries = platform === 'linux' ? MAX_TRIES : 0; tries > 0; tries -= 1) {
        try {
          return await open(takeNext());
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        }
      }
      return await open({ ip: '127.0.0.1', ports: 'any' });
    },
  };
}
