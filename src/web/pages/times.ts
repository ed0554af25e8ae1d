/// <reference lib="es2025.intl" />
import { html } from 'hono/html';
import type { Html } from './layout.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: [seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [365 * DAY, 'year'],
  [30 * DAY, 'month'],
  [DAY, 'day'],
  [HOUR, 'hour'],
  [MINUTE, 'minute'],
];

// Without "yesterday" and the like: which day that was depends on a time zone that nobody told.
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const long = new Intl.DurationFormat('en', { style: 'long' });

/** When something was or will be, in whole units counted from `now`; with the exact time for machines. */
export function when(time: Date, now: Date): Html {
  return html`<time datetime="${time.toISOString()}">${inWords(time, now)}</time>`;
}

function inWords(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  for (const [size, unit] of UNITS) {
    const count = Math.trunc(seconds / size);
    if (count !== 0) return relative.format(count, unit);
  }
  return seconds > 0 ? 'in less than a minute' : 'just now';
}

/** Whole hours and minutes. What was used is rounded up and what is left down, so that both add up to what there was. */
export function hoursAndMinutes(seconds: number, round: 'up' | 'down'): string {
  const minutes = round === 'up' ? Math.ceil(seconds / MINUTE) : Math.floor(seconds / MINUTE);
  if (minutes === 0) return '0 minutes';
  return long.format({ hours: Math.trunc(minutes / 60), minutes: minutes % 60 });
}

/** How long to wait, in seconds below two minutes and in whole minutes, rounded up, from there. */
export function waitingTime(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 2 * MINUTE ? long.format({ seconds: whole }) : hoursAndMinutes(whole, 'up');
}

/** Such as "1 minute" or "9 minutes". */
export function minutesInWords(minutes: number): string {
  return long.format({ minutes: Math.max(1, minutes) });
}
