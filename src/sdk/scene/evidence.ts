import type { SceneConfig } from './config.ts';
import type { SceneTelemetry } from './inputs.ts';
import type { SceneState, TelemetryEvidence } from './state.ts';

/** Counts one poll. A bitrate that isn't one (negative, not a finite number, null in a log) was not read. */
export function countPoll(
  before: TelemetryEvidence,
  poll: SceneTelemetry,
  { at, failureKbps }: { at: number; failureKbps: number },
): TelemetryEvidence {
  if (poll.state !== 'fresh' || !Number.isFinite(poll.bitrateKbps) || poll.bitrateKbps < 0) {
    const stale = poll.state === 'stale';
    const absentHits = stale ? 0 : before.absentHits + 1;
    // What couldn't be read must not wipe out the failures seen before, or a flaky stats page would keep LIVE at 0 kb/s.
    return { ...before, state: stale ? 'stale' : 'absent', healthyPolls: 0, absentHits };
  }
  const { bitrateKbps } = poll;
  const read = { state: 'fresh', bitrateKbps, absentHits: 0, freshAt: at } as const;
  if (bitrateKbps <= failureKbps) {
    return { ...read, zeroHits: before.zeroHits + 1, healthyPolls: 0, healthySince: at };
  }
  const healthySince = before.healthyPolls === 0 ? at : before.healthySince;
  return { ...read, zeroHits: 0, healthyPolls: before.healthyPolls + 1, healthySince };
}

type Evidence = Pick<SceneState, 'at' | 'telemetry' | 'cloud' | 'fed'>;

/** Whether the relay's bitrate was read, and was nothing, so often that it is a failure. */
export function isSignalDead({ telemetry }: Evidence, { failureHits }: SceneConfig): boolean {
  return telemetry.zeroHits >= failureHits;
}

/** Whether the latest poll was read, and is not too old to say anything. */
export function isTelemetryFresh({ at, telemetry }: Evidence, { staleLimitMs }: SceneConfig): boolean {
  return telemetry.state === 'fresh' && at - telemetry.freshAt <= staleLimitMs;
}

/** Whether the relay's own figures can't be had: unreachable so many times, or nothing fresh for long. */
export function isTelemetryLost({ at, telemetry }: Evidence, { failureHits, staleLimitMs }: SceneConfig): boolean {
  return telemetry.absentHits >= failureHits || at - telemetry.freshAt > staleLimitMs;
}

/** Whether the control plane says that no video arrives. */
export function isCloudAgainst({ cloud }: Evidence): boolean {
  return cloud.status === 'grace' || cloud.ingestActive === false;
}

/** Whether the session is over, in the control plane's words. */
export function isSessionOver({ cloud }: Evidence): boolean {
  return cloud.status === 'stopped' || cloud.status === 'none';
}

/** Whether video that did arrive has ceased to. */
export function isIngestLost(evidence: Evidence, config: SceneConfig): boolean {
  if (evidence.cloud.status === 'grace') return true;
  return evidence.fed && (evidence.cloud.ingestActive === false || isSignalDead(evidence, config));
}

/** Whether telemetry is read, and video arrives again if it ever did. */
export function isSignalBack(evidence: Evidence, config: SceneConfig): boolean {
  const arrives = evidence.telemetry.healthyPolls > 0 || !evidence.fed;
  return isTelemetryFresh(evidence, config) && arrives && !isIngestLost(evidence, config);
}

/** Whether the signal has been healthy for the stability window: so many polls in a row, not in less than their time. */
export function isSignalStable(evidence: Evidence, config: SceneConfig): boolean {
  const { healthyPolls, healthySince } = evidence.telemetry;
  const { recoveryPolls, pollMs } = config;
  const longEnough = evidence.at - healthySince >= (recoveryPolls - 1) * pollMs;
  return isTelemetryFresh(evidence, config) && healthyPolls >= recoveryPolls && longEnough;
}
