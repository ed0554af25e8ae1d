import { RPC_VERSION } from '../protocol.ts';
import { inputRequests } from './inputs.ts';
import { outputRequests } from './outputs.ts';
import type { RequestHandler } from './request.ts';
import { sceneRequests } from './scenes.ts';

/** The version that the stand-in says it is. */
export const OBS_WEBSOCKET_VERSION = '5.5.2';

/** Every request that the stand-in knows, by type. */
export const requestHandlers: Record<string, RequestHandler> = {
  ...sceneRequests,
  ...inputRequests,
  ...outputRequests,

  GetVersion: () => ({
    obsVersion: '30.2.3',
    obsWebSocketVersion: OBS_WEBSOCKET_VERSION,
    rpcVersion: RPC_VERSION,
    availableRequests: Object.keys(requestHandlers),
    supportedImageFormats: ['jpg', 'png'],
    platform: 'stand-in',
    platformDescription: 'Stand-in for OBS',
  }),

  GetStats: (_data, { studio, counts }) => ({
    ...studio.stats,
    webSocketSessionIncomingMessages: counts.incoming,
    webSocketSessionOutgoingMessages: counts.outgoing,
  }),
};
