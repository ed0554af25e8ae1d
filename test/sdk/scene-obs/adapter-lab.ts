import assert from 'node:assert/strict';
import { OBSWebSocket } from 'obs-websocket-js/json';
import type { ObsClient } from '../../../src/sdk/obs-client.ts';
import type { SceneEffect, SceneIntent } from '../../../src/sdk/scene/effects.ts';
import type { SceneInput } from '../../../src/sdk/scene/inputs.ts';
import { createObsAdapter, type ObsAdapter, type ObsAdapterOptions } from '../../../src/sdk/scene/obs-adapter.ts';
import { eventually } from '../../support/eventually.ts';
import { createManualTimers, type ManualTimers } from '../../support/manual-timers.ts';
import { type ObsStandIn, type RecordedRequest, startObsStandIn } from '../../support/obs-websocket/index.ts';

/** Names as they are in the stand-in at first. */
export const SCENES = { LIVE: 'Live', BRB: 'BRB', OFFLINE: 'Offline' };

/** What the lab's clock says at first. */
export const START = 1_000_000;

/** An adapter that is connected with a stand-in for OBS through obs-websocket-js. */
export interface AdapterLab {
  obs: ObsStandIn;
  client: OBSWebSocket;
  adapter: ObsAdapter;
  timers: ManualTimers;
  /** What the engine would have been fed with since the last `take`, without the time. */
  inputs: SceneInput[];
  /** Empties and returns `inputs`, in short: `scene Live changed`, `available true`, `probe true` … */
  take(): string[];
  /** The same, once a probe is the last of them. */
  takeProbed(): Promise<string[]>;
  /** Requests that change something, as `type argument`. */
  drives(): string[];
  /** Resolves when everything that OBS has sent up to now was heard. */
  heard(): Promise<void>;
  connect(): Promise<void>;
  close(): Promise<void>;
}

/** @param options instead of those of the lab */
export async function startAdapterLab(options: Partial<ObsAdapterOptions> = {}): Promise<AdapterLab> {
  const obs = await startObsStandIn({ password: 'a password' });
  const client = new OBSWebSocket();
  const timers = createManualTimers(START);
  const inputs: SceneInput[] = [];
  const adapter = createObsAdapter({
    obs: client as ObsClient,
    scenes: SCENES,
    mediaInput: 'Feed',
    onInput: (input) => inputs.push(input),
    timers,
    ...options,
  });
  const connect = async () => void (await client.connect(obs.url, 'a password'));
  await connect();
  const take = () => inputs.splice(0).map(describeInput);
  return {
    obs,
    client,
    adapter,
    timers,
    inputs,
    take,
    async takeProbed() {
      await eventually(() => assert.equal(inputs.at(-1)?.type, 'validation_probe'));
      return take();
    },
    drives: () => obs.requests.filter(({ type }) => !type.startsWith('Get')).map(describeRequest),
    async heard() {
      await client.call('GetStats');
      await timers.advance(0);
    },
    connect,
    async close() {
      adapter.stop();
      await client.disconnect();
      await obs.close();
    },
  };
}

/** The engine wants a scene. */
export function switchTo(intent: SceneIntent, scene?: string): SceneEffect {
  return { type: 'switch_scene', intent, requestId: 'r', ...(scene === undefined ? {} : { scene }) };
}

/** The engine wants the media source restarted. */
export const REFRESH: SceneEffect = { type: 'refresh_media', requestId: 'r' };

function describeInput(input: SceneInput): string {
  switch (input.type) {
    case 'obs_scene':
      return `scene ${input.scene} ${input.reason}`;
    case 'obs_availability':
      return `available ${input.available}`;
    case 'validation_probe':
      return `probe ${input.passed}`;
    case 'protocol_error':
      return `protocol error: ${input.detail}`;
    case 'fault':
      return `${input.kind} fault: ${input.message}`;
    default:
      return input.type;
  }
}

function describeRequest({ type, data }: RecordedRequest): string {
  const { sceneName, inputName, mediaAction } = data as Record<string, unknown>;
  return [type, sceneName ?? inputName, mediaAction].filter((part) => part !== undefined).join(' ');
}
