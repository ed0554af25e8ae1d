import { countOf, fieldsOf, listOf, readJson, textOf } from './json.ts';

/** One output of OBS, such as a stream in one of several encodings. A number is null where it isn't known. */
export interface OutputTelemetry {
  id: string;
  name: string;
  active: boolean;
  /** kbit/s. */
  bitrateKbps: number | null;
  /** Part of the frames that were dropped, 0 to 1: 0.01 is one percent. */
  dropPct: number | null;
  fps: number | null;
  /** Milliseconds. */
  encodingLagMs: number | null;
  encoder: string | null;
  /** What it belongs to, such as `Horizontal`; null: to none. */
  group: string | null;
  /** Such as `1920x1080`. */
  resolution: string | null;
  /** The user doesn't want to see it. */
  hidden: boolean;
}

/**
 * Reads outputs as OBS' own side tells them: `[{id,name,active,bitrate_kbps,drop_pct,fps,encoding_lag_ms,encoder,group,
 * resolution,hidden}]`. Entries that can't be read are left out. Never throws.
 *
 * @param input JSON text or value.
 * @returns null when it isn't such a list, or a torn one.
 */
export function parseOutputs(input: unknown): OutputTelemetry[] | null {
  return readJson(input, (value) => listOf(value, readOutput));
}

function readOutput(value: unknown): OutputTelemetry | null {
  const output = fieldsOf(value);
  const id = textOf(output?.id);
  if (!output || !id) return null;
  return {
    id,
    name: textOf(output.name) || id,
    active: output.active === true,
    bitrateKbps: countOf(output.bitrate_kbps),
    dropPct: countOf(output.drop_pct, 1),
    fps: countOf(output.fps),
    encodingLagMs: countOf(output.encoding_lag_ms),
    encoder: textOf(output.encoder) || null,
    group: textOf(output.group) || null,
    resolution: textOf(output.resolution) || null,
    hidden: output.hidden === true,
  };
}
