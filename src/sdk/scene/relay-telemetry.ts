import type { TelemetrySnapshot } from '../telemetry/telemetry-poller.ts';
import type { SceneTelemetry } from './inputs.ts';
import type { SceneTelemetrySource } from './scene-switcher.ts';

/**
 * What a relay's telemetry means for scenes: the SRT server's word on the stream that OBS plays, else that of the links.
 * A rate that isn't known is never taken for zero.
 */
export function toSceneTelemetry({ sls, links }: TelemetrySnapshot): SceneTelemetry {
  const told = [
    { status: sls.status, kbps: sls.kbps },
    { status: links.status, kbps: links.totals.kbps },
  ];
  for (const { status, kbps } of told)
    if (status === 'fresh' && kbps !== null) return { state: 'fresh', bitrateKbps: kbps };
  return { state: told.some(({ status }) => status !== 'absent') ? 'stale' : 'absent' };
}

/** Makes a source for the switcher of a telemetry poller, which has to be started apart. */
export function sceneTelemetryOf(poller: {
  subscribe(listener: (snapshot: TelemetrySnapshot) => void): () => void;
}): SceneTelemetrySource {
  return { subscribe: (listener) => poller.subscribe((snapshot) => listener(toSceneTelemetry(snapshot))) };
}
