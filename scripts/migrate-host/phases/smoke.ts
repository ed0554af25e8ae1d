import { systemClock } from '../../../src/clock.ts';
import { createAccessTokens } from '../../../src/features/auth/access-token.ts';
import { servicesAt, withClient } from '../database.ts';
import { MoveError } from '../move-error.ts';
import { askOrigin, type OriginAnswer } from '../origin.ts';
import type { Move, Phase } from '../phase.ts';

const API = '/api/v1';
const CLIENT = { platform: 'windows', plugin_version: '0.0.5', device_name: 'migrate-host' };

/** The new host answers as the old one does, and refuses to write. */
export const smoke: Phase = {
  description: 'ask the new host by its address: health, contract, capacity, a sign-in, and that it refuses to write',
  changes: false,
  preview: async ({ config }) => [{ step: 'ask', where: config.new.origin, now: '', becomes: `as ${config.apiHost}` }],
  async run(move) {
    const { config } = move;
    const ask = (path: string, more: { method?: string; token?: string; body?: object } = {}, host = config.new) =>
      askOrigin(host.origin, config.apiHost, { path, ...more });
    const running = await servicesAt(config.new.databaseUrl);
    if (!running.includes('telemy-api'))
      throw new MoveError('No API on the new host. Start it there: npm start -- api');
    if (running.some((name) => name.includes('worker'))) throw new MoveError('Stop the worker of the new host first.');
    expect('/healthz', await ask('/healthz'), 200);
    const [theirs, ours] = [await ask('/openapi.json', {}, config.old), await ask('/openapi.json')];
    expect('/openapi.json', ours, 200);
    const version = versionOf(ours);
    if (version !== versionOf(theirs))
      throw new MoveError(`The hosts run other releases: ${versionOf(theirs)}, ${version}.`);
    expect('a read without a token', await ask(`${API}/auth/session`), 401);
    const token = await signToken(move);
    const capacity = await ask(`${API}/capacity/status`, token ? { token } : {});
    expect('capacity', capacity, 200, ...(token ? [] : [401]));
    if (token) {
      expect(
        'a read on the old host with a token of jwt_secret_file',
        await ask(`${API}/auth/session`, { token }, config.old),
        200,
      );
      expect(
        'the same read on the new host (are its secrets the same?)',
        await ask(`${API}/auth/session`, { token }),
        200,
      );
    }
    const write = await ask(`${API}/auth/plugin/login/start`, { method: 'POST', body: { client: CLIENT } });
    expect('a write, which has to be refused', write, 503);
    if (!write.retryAfter)
      throw new MoveError('The refused write has no Retry-After: something before the server answers.');
    return {
      contract: version,
      token: token ? 'good on both hosts' : 'no device to try one with',
      writes: 'refused (503)',
    };
  },
};

/** A token of a device that is signed in; one whose use would not be written down. */
async function signToken({ config }: Move): Promise<string | undefined> {
  const { rows } = await withClient(config.new.databaseUrl, (client) =>
    client.query(
      `select id, user_id, refresh_counter from public.auth_sessions
       where revoked_at is null and expires_at > now() and refresh_used_at is not null limit 1`,
    ),
  );
  const [device] = rows;
  if (!device) return undefined;
  const claims = { userId: device.user_id, authSessionId: device.id, refreshCounter: device.refresh_counter };
  return createAccessTokens([config.jwtSecret], systemClock).sign(claims);
}

function versionOf({ text }: OriginAnswer): string {
  return String((JSON.parse(text) as { info?: { version?: string } }).info?.version);
}

function expect(what: string, { status, text }: OriginAnswer, ...wanted: number[]): void {
  if (wanted.includes(status)) return;
  throw new MoveError(`${what}: ${status} instead of ${wanted.join(' or ')}. ${text.slice(0, 200)}`);
}
