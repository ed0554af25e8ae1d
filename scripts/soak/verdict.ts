import type { Mishap } from './observed-fetch.ts';
import type { ProcessSample, Sample } from './sample.ts';
import { type Point, trendOf } from './trend.ts';

/** A time in which things may go wrong, because something was broken on purpose. */
export interface FaultWindow {
  name: string;
  /** Milliseconds since 1970. */
  from: number;
  until: number;
}

/** One thing that was looked at. */
export interface Check {
  check: string;
  found: string;
  bound: string;
  ok: boolean;
}

/** What the checks look at. */
export interface Evidence {
  samples: readonly Sample[];
  mishaps: readonly Mishap[];
  faults: readonly FaultWindow[];
  /** Relays that were there a minute after the last plugin had gone. */
  leftRelays: number;
  /** Seconds from the begin to where memory and handles are judged from. */
  settledAt: number;
  /** Requests that were answered from there on. */
  requests: number;
}

/**
 * A leak that comes with requests keeps at least one small object and its place in a collection for each: 64 bytes. What
 * keeps less isn't found by this; at 200 requests a second that would be 1 GiB in a day.
 */
const BYTES_A_REQUEST = 64;
/** V8 and malloc move by so much of their level without a cause (seen in runs of the same code). */
const NOISE_OF_LEVEL = 0.1;
/** Connections of keep-alive come and go. */
const NOISE_OF_HANDLES = 10;
const FEWEST_SAMPLES = 6;
const MIB = 2 ** 20;

/** Judges a run. */
export function judge(evidence: Evidence): Check[] {
  const { mishaps, faults, leftRelays } = evidence;
  const outside = mishaps.filter((mishap) => !isInjected(mishap, faults));
  return [
    ...(['api', 'worker'] as const).flatMap((name) => judgeProcess(name, evidence)),
    { check: 'errors outside of injected faults', found: String(outside.length), bound: '0', ok: outside.length === 0 },
    { check: 'relays left at the end', found: String(leftRelays), bound: '0', ok: leftRelays === 0 },
  ];
}

/** Whether something went wrong while something was broken on purpose. */
export function isInjected({ at }: Mishap, faults: readonly FaultWindow[]): boolean {
  return faults.some(({ from, until }) => at >= from && at <= until);
}

function judgeProcess(name: 'api' | 'worker', { samples, settledAt, requests }: Evidence): Check[] {
  const known = samples
    .filter(({ second, isCollected }) => isCollected && second >= settledAt)
    .flatMap(({ second, [name]: sample }) => (sample ? [{ second, sample }] : []));
  const pointsOf = (part: keyof ProcessSample): Point[] =>
    known.map(({ second, sample }) => ({ second, value: sample[part] }));
  const memory = (level: number) => level * NOISE_OF_LEVEL + (BYTES_A_REQUEST * requests) / MIB;
  const count = (level: number) => level * NOISE_OF_LEVEL + NOISE_OF_HANDLES;
  const parts: [part: keyof ProcessSample, unit: string, bound: (level: number) => number][] = [
    ['heap', 'MiB', memory],
    ['rss', 'MiB', memory],
    ['handles', '', count],
    ['descriptors', '', count],
  ];
  return parts.map(([part, unit, boundOf]) => {
    const { level, growth } = trendOf(pointsOf(part));
    const bound = boundOf(level);
    const told = `${sign(growth)}${growth.toFixed(1)} ${unit} at ${level.toFixed(0)} ${unit}`.replaceAll(
      / +(?= |$)/g,
      '',
    );
    const isEnough = known.length >= FEWEST_SAMPLES;
    return {
      check: `${name}: growth of ${part}`,
      found: isEnough ? told : `only ${known.length} samples: run it for longer`,
      bound: `${bound.toFixed(1)} ${unit}`.trim(),
      ok: isEnough && growth <= bound,
    };
  });
}

const sign = (value: number): string => (value < 0 ? '' : '+');
