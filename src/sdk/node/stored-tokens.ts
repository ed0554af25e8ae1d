import type { DeviceTokens } from '../token-store.ts';

/** The text that a store keeps tokens as: JSON of the two alone, so that nothing else is written by accident. */
export function writeTokens({ accessToken, refreshToken }: DeviceTokens): string {
  return JSON.stringify({ accessToken, refreshToken });
}

/**
 * Reads what `writeTokens` made.
 *
 * @param place where the text was found, for the error.
 * @throws Error if the text is cut short or was written by something else. The text is not quoted: it may be a secret.
 */
export function readTokens(text: string, place: string): DeviceTokens {
  if (text.trim() === '') throw new Error(`${place} is empty; ${REMEDY}`);
  const { accessToken, refreshToken } = parseObject(text, place);
  if (isToken(accessToken) && isToken(refreshToken)) return { accessToken, refreshToken };
  throw new Error(`${place} holds something else than the tokens of a device; ${REMEDY}`);
}

const REMEDY = 'delete it and sign in again.';

function parseObject(text: string, place: string): Record<string, unknown> {
  try {
    // Of anything but an object the two are not there.
    return Object(JSON.parse(text));
  } catch {
    throw new Error(`${place} is cut short or no JSON; ${REMEDY}`);
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
