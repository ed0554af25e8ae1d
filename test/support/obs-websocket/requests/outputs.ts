import { needText } from '../fields.ts';
import { type JsonObject, Refusal, STATUS } from '../protocol.ts';
import { createOutput, type StudioOutput } from '../studio.ts';
import type { RequestHandler } from './request.ts';

/** Requests about what OBS sends. */
export const outputRequests: Record<string, RequestHandler> = {
  GetOutputList: (_data, { studio }) => ({
    outputs: [...studio.outputs].map(([outputName, output]) => ({
      outputName,
      outputKind: output.kind,
      outputWidth: output.width,
      outputHeight: output.height,
      outputActive: output.active,
      outputFlags: {
        OBS_OUTPUT_AUDIO: true,
        OBS_OUTPUT_VIDEO: true,
        OBS_OUTPUT_ENCODED: true,
        OBS_OUTPUT_MULTI_TRACK: true,
        OBS_OUTPUT_SERVICE: true,
      },
    })),
  }),

  GetOutputStatus(data, { studio }) {
    const name = needText(data, 'outputName');
    const output = studio.outputs.get(name);
    if (!output) throw new Refusal(STATUS.resourceNotFound, `There is no output ${name}.`);
    return describe(output);
  },

  GetStreamStatus: (_data, { studio }) => describe(studio.outputs.get(studio.streamOutput) ?? createOutput()),
};

function describe(output: StudioOutput): JsonObject {
  return {
    outputActive: output.active,
    outputReconnecting: output.reconnecting,
    outputTimecode: timecode(output.durationMs),
    outputDuration: output.durationMs,
    outputCongestion: output.congestion,
    outputBytes: output.bytes,
    outputSkippedFrames: output.skippedFrames,
    outputTotalFrames: output.totalFrames,
  };
}

/** HH:MM:SS.mmm */
function timecode(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1_000) % 60].map(two).join(':');
  return `${clock}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}`;
}
