import type { ObsOutput, ObsOutputs } from './obs-answers.ts';
import type { OutputTelemetry } from './outputs.ts';
import { nextReading, type Reading } from './rate.ts';

/** What OBS doesn't know of an output, but its user does. */
export type OutputDescription = Partial<Pick<OutputTelemetry, 'name' | 'group' | 'hidden' | 'encoder'>>;

/** Frames at one moment. */
interface Frames {
  skipped: number;
  total: number;
}

interface Meter {
  reading: Reading | undefined;
  frames: Frames[];
}

/** Dropped frames are counted over so many polls, so that one lost frame makes no alarm. */
const POLLS = 5;

/** Measures outputs from one answer of OBS to the next. */
export interface ObsOutputMeter {
  measure(answer: ObsOutputs, atMs: number): OutputTelemetry[];
  /** Forgets the counters, such as when another OBS may answer next. */
  reset(): void;
}

/** @param describe asked for each output; what it throws counts as nothing. */
export function createObsOutputMeter(describe?: (output: ObsOutput) => OutputDescription | undefined): ObsOutputMeter {
  let meters = new Map<string, Meter>();

  function measureOne(output: ObsOutput, before: Meter | undefined, atMs: number): Meter {
    const { bytes, uptimeSeconds, skippedFrames, totalFrames } = output;
    if (!output.active) return { reading: undefined, frames: [] };
    const isKnown = skippedFrames !== null && totalFrames !== null;
    const frames = isKnown ? addFrames(before?.frames ?? [], { skipped: skippedFrames, total: totalFrames }) : [];
    return {
      reading: bytes === null ? undefined : nextReading(before?.reading, { atMs, bytes, uptimeSeconds }),
      frames,
    };
  }

  return {
    reset() {
      meters = new Map();
    },
    measure({ outputs, fps, frameTimeMs }, atMs) {
      const before = meters;
      meters = new Map(outputs.map((output) => [output.name, measureOne(output, before.get(output.name), atMs)]));
      return outputs.map((output) => {
        const { active, name, width, height } = output;
        const meter = meters.get(name);
        return {
          id: name,
          name,
          active,
          // One that isn't active is known to send nothing.
          bitrateKbps: active ? (meter?.reading?.kbps ?? null) : 0,
          dropPct: droppedOf(meter?.frames ?? []),
          fps: active ? fps : null,
          encodingLagMs: active ? frameTimeMs : null,
          encoder: null,
          group: null,
          resolution: width && height ? `${width}x${height}` : null,
          hidden: false,
          ...describeSafely(describe, output),
        };
      });
    },
  };
}

/** An output that was started anew counts from zero. */
function addFrames(frames: Frames[], now: Frames): Frames[] {
  const last = frames.at(-1);
  const isSame = last && now.total >= last.total && now.skipped >= last.skipped;
  return isSame ? [...frames.slice(-POLLS), now] : [now];
}

/** Over the last polls; at the first since the output's start. */
function droppedOf(frames: Frames[]): number | null {
  const now = frames.at(-1);
  if (!now) return null;
  const from = frames.length > 1 ? frames[0] : undefined;
  const total = now.total - (from?.total ?? 0);
  return total > 0 ? Math.min(1, (now.skipped - (from?.skipped ?? 0)) / total) : null;
}

function describeSafely(
  describe: ((output: ObsOutput) => OutputDescription | undefined) | undefined,
  output: ObsOutput,
): OutputDescription {
  try {
    return describe?.(output) ?? {};
  } catch {
    return {};
  }
}
