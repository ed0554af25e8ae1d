import { randomInt } from 'node:crypto';

/** Each of the last two parts of an address is one of 1..254. */
const PART = 254;

/** Where to begin differs from process to process; `next` counts on from there. */
const SECOND_PART = randomInt(64, 255);
let next = randomInt(PART ** 2);

/** On Linux, where every address in 127.0.0.0/8 can be listened on, one that no other host of this process has. */
export function nextLoopbackAddress(): string {
  if (process.platform !== 'linux') return '127.0.0.1';
  const ip = `127.${SECOND_PART}.${1 + Math.floor(next / PART)}.${1 + (next % PART)}`;
  next = (next + 1) % PART ** 2;
  return ip;
}
