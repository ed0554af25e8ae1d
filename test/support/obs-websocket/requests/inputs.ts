import { needObject, needText, optionalFlag } from '../fields.ts';
import { INTENT, isObject, Refusal, STATUS } from '../protocol.ts';
import { type Studio, type StudioInput, uuidOf } from '../studio.ts';
import type { RequestHandler } from './request.ts';

const ACTION = 'OBS_WEBSOCKET_MEDIA_INPUT_ACTION_';
const ACTIONS = ['NONE', 'PLAY', 'PAUSE', 'STOP', 'RESTART', 'NEXT', 'PREVIOUS'];

/** Requests about inputs. */
export const inputRequests: Record<string, RequestHandler> = {
  GetInputList(data, { studio }) {
    const kind = isObject(data) ? data.inputKind : undefined;
    const inputs = [...studio.inputs].filter(([, input]) => kind === undefined || input.kind === kind);
    return {
      inputs: inputs.map(([inputName, input]) => ({
        inputName,
        inputUuid: uuidOf(inputName),
        inputKind: input.kind,
        unversionedInputKind: input.kind.replace(/_v\d+$/, ''),
      })),
    };
  },

  GetInputSettings(data, { studio }) {
    const { input } = findInput(data, studio);
    return { inputKind: input.kind, inputSettings: input.settings };
  },

  SetInputSettings(data, { studio }) {
    const { input } = findInput(data, studio);
    const settings = needObject(data, 'inputSettings');
    input.settings = optionalFlag(data, 'overlay', true) ? { ...input.settings, ...settings } : settings;
    return undefined;
  },

  TriggerMediaInputAction(data, { studio, emit }) {
    const { name, input } = findInput(data, studio);
    const mediaAction = needText(data, 'mediaAction');
    if (!mediaAction.startsWith(ACTION) || !ACTIONS.includes(mediaAction.slice(ACTION.length))) {
      throw new Refusal(STATUS.invalidRequestField, 'There is no such action.');
    }
    // OBS takes actions for sources that play nothing, too.
    if (!input.media) return undefined;
    const facts = { inputName: name, inputUuid: uuidOf(name) };
    emit('MediaInputActionTriggered', INTENT.mediaInputs, { ...facts, mediaAction });
    if (mediaAction === `${ACTION}RESTART`) {
      Object.assign(input.media, { state: 'OBS_MEDIA_STATE_PLAYING', cursor: 0 });
      emit('MediaInputPlaybackStarted', INTENT.mediaInputs, facts);
    }
    return undefined;
  },

  GetMediaInputStatus(data, { studio }) {
    const { media } = findInput(data, studio).input;
    if (!media) return { mediaState: 'OBS_MEDIA_STATE_NONE', mediaDuration: null, mediaCursor: null };
    return { mediaState: media.state, mediaDuration: media.duration, mediaCursor: media.cursor };
  },
};

function findInput(data: unknown, studio: Studio): { name: string; input: StudioInput } {
  const name = needText(data, 'inputName');
  if (studio.scenes.includes(name)) throw new Refusal(STATUS.invalidResourceType, `${name} is no input.`);
  const input = studio.inputs.get(name);
  if (!input) throw new Refusal(STATUS.resourceNotFound, `There is no input ${name}.`);
  return { name, input };
}
