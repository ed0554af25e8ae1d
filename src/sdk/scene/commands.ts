import type { SceneIntent } from './effects.ts';

/** What somebody asked for in the chat. `scene`: only with HOLD, the one to hold. */
export interface SceneCommand {
  intent: SceneIntent;
  scene?: string;
}

/** An accepted command, until the next tick. */
export interface PendingCommand extends SceneCommand {
  role: string;
  requestId?: string;
}

const PATTERN = /^!(live|brb|offline|switch)(?:\s+(\S.*))?$/i;

/**
 * Reads `!live`, `!brb`, `!offline` and `!switch SCENE` (a name may hold spaces); null: it is none of these.
 *
 * @param scenes the names of the intents' own scenes: switching to one of them is that intent.
 */
export function parseCommand(text: string, scenes: Record<string, string> = {}): SceneCommand | null {
  const [, word, scene] = PATTERN.exec(text.trim()) ?? [];
  if (!word) return null;
  const name = word.toUpperCase();
  if (name !== 'SWITCH') return scene === undefined ? { intent: name as SceneIntent } : null;
  if (scene === undefined) return null;
  const own = Object.keys(scenes).find((intent) => scenes[intent] === scene);
  return own ? { intent: own as SceneIntent } : { intent: 'HOLD', scene };
}

/** Whether someone may switch scenes by command. */
export function mayCommand(role: string): boolean {
  return role === 'admin' || role === 'mod';
}

/** Whether someone may turn IRL on or off: the account's owner or an admin. */
export function mayActivate(role: string): boolean {
  return role === 'user' || role === 'admin';
}
