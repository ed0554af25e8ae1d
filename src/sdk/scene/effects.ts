/** What the engine wants to be seen. HOLD: leave the picture as it is, or keep the scene that a command named. */
export type SceneIntent = 'LIVE' | 'BRB' | 'OFFLINE' | 'HOLD';

/** Why a notice is shown. */
export type NoticeCode =
  | 'irl_denied'
  | 'backend_unreachable'
  | 'connecting_timeout'
  | 'grace_expired'
  | 'command_refused'
  | 'obs_unavailable'
  | 'fatal';

/** What an adapter does to OBS, and what the user is told. Carry them out in order. */
export type SceneEffect =
  /**
   * Show this scene. `scene`: its name in OBS, by the engine's configuration; absent: the adapter's own scene for the
   * intent. With HOLD there is always a name: the scene that `!switch` asked for. `requestId`: the decision's, for logs.
   */
  | { type: 'switch_scene'; intent: SceneIntent; scene?: string; requestId: string }
  /** Restart the media source: it may be frozen since the signal was lost. Comes after each recovery's switch to LIVE. */
  | { type: 'refresh_media'; requestId: string }
  /** Tell the user. `message` is English; `code` is stable. */
  | { type: 'notice'; code: NoticeCode; message: string };
