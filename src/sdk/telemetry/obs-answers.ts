import type { ObsClient } from '../obs-client.ts';
import { countOf, type Fields, fieldsOf, textOf } from './json.ts';

/** An output as `GetOutputList` and `GetOutputStatus` tell it. */
export interface ObsOutput {
  name: string;
  /** Such as `rtmp_output`. */
  kind: string | null;
  /** Pixels; null for one without video. */
  width: number | null;
  height: number | null;
  active: boolean;
  /** Sent since it was started. OBS keeps the last values when an output ends. */
  bytes: number | null;
  skippedFrames: number | null;
  totalFrames: number | null;
  /** Since it was started, whole seconds. */
  uptimeSeconds: number | null;
}

/** What OBS tells of itself and its outputs at one moment. */
export interface ObsOutputs {
  outputs: ObsOutput[];
  /** Frames per second that OBS renders. */
  fps: number | null;
  /** Mean time that OBS takes to render a frame, in milliseconds. */
  frameTimeMs: number | null;
}

/**
 * Asks OBS for its outputs (obs-websocket 5: `GetOutputList`, `GetStats`, and `GetOutputStatus` of each active one). What
 * OBS refuses to tell of one output is null.
 *
 * @throws whatever `obs.call` rejects the list with; Error when the list is none.
 */
export async function askObs(obs: ObsClient): Promise<ObsOutputs> {
  const list = fieldsOf(await obs.call('GetOutputList'))?.outputs;
  if (!Array.isArray(list)) throw new Error('OBS told no list of outputs');
  const known = list
    .map(fieldsOf)
    .filter((output) => output !== null && textOf(output.outputName) !== null) as Fields[];
  const [stats, ...outputs] = await Promise.all([
    ask(obs, 'GetStats'),
    ...known.map(async (output) => {
      const isActive = output.outputActive === true;
      const status = isActive ? await ask(obs, 'GetOutputStatus', { outputName: output.outputName }) : {};
      return readOutput(output, status);
    }),
  ] as const);
  return { outputs, fps: countOf(stats.activeFps), frameTimeMs: countOf(stats.averageFrameRenderTime) };
}

async function ask(obs: ObsClient, type: string, data?: Fields): Promise<Fields> {
  try {
    return fieldsOf(await obs.call(type, data)) ?? {};
  } catch {
    return {};
  }
}

function readOutput(output: Fields, status: Fields): ObsOutput {
  const durationMs = countOf(status.outputDuration);
  return {
    name: textOf(output.outputName) ?? '',
    kind: textOf(output.outputKind),
    width: countOf(output.outputWidth) || null,
    height: countOf(output.outputHeight) || null,
    // It may have ended between the two answers.
    active: output.outputActive === true && status.outputActive !== false,
    bytes: countOf(status.outputBytes),
    skippedFrames: countOf(status.outputSkippedFrames),
    totalFrames: countOf(status.outputTotalFrames),
    uptimeSeconds: durationMs === null ? null : Math.floor(durationMs / 1000),
  };
}
