import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProviderRejectedError, type ProvisionRequest } from '../provider.ts';
import type { Fleet } from './fleet-file.ts';

const TEMPLATE = readFileSync(join(import.meta.dirname, 'user-data.sh'), 'utf8');
/** Longest that EC2 takes, in bytes. */
const LONGEST = 16_384;

/** What each placeholder of the template may be filled with. */
const FORMS = {
  SESSION_ID: /^[A-Za-z0-9_-]{1,64}$/,
  PUBLISHER: /^live_[A-Za-z0-9_-]{1,128}$/,
  PLAYER: /^play_[A-Za-z0-9_-]{1,128}$/,
  RELAY_KEY: /^[A-Za-z0-9_+/=.-]{16,256}$/,
  SLS_API_KEY: /^[0-9a-f]{32}$/,
  HEALTH_URL: /^https?:\/\/[A-Za-z0-9._:[\]/-]{1,500}$/,
  SRTLA_IMAGE: /^[A-Za-z0-9._:@/-]{1,255}$/,
  SLS_IMAGE: /^[A-Za-z0-9._:@/-]{1,255}$/,
};

/**
 * The script that makes a relay of a new instance. The same for the same request, to the byte: EC2 refuses a repeated
 * launch that differs.
 *
 * @throws ProviderRejectedError for a value that has no place in a script.
 */
export function renderUserData(request: ProvisionRequest, images: Fleet['images']): string {
  const values: Record<keyof typeof FORMS, string> = {
    SESSION_ID: request.sessionId,
    PUBLISHER: `live_${request.streamToken}`,
    PLAYER: `play_${request.streamToken}`,
    RELAY_KEY: request.relayKey,
    SLS_API_KEY: deriveSlsApiKey(request.relayKey),
    HEALTH_URL: request.healthUrl,
    SRTLA_IMAGE: images.srtla,
    SLS_IMAGE: images.sls,
  };
  const script = TEMPLATE.replace(/@([A-Z_]+)@/g, (_all, name: keyof typeof FORMS) => {
    if (!FORMS[name].test(values[name])) throw new ProviderRejectedError(`${name} cannot be written into a script`);
    return quote(values[name]);
  });
  if (Buffer.byteLength(script) > LONGEST) throw new ProviderRejectedError('the user data are too long');
  return script;
}

/** The key of a relay's own API for stream ids: only the relay itself needs it. 32 characters, as that server makes them. */
export function deriveSlsApiKey(relayKey: string): string {
  return createHmac('sha256', relayKey).update('sls-api').digest('hex').slice(0, 32);
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
