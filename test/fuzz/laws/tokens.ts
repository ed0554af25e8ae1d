import { type Exchange, expectAnswer, isOver, type Law } from './law.ts';

/** A signed-in device. */
interface Device {
  user: number;
  /** Its refresh tokens, oldest first. */
  refreshTokens: string[];
  /** Access tokens that were issued with the present refresh token. */
  present: Set<string>;
  rotatedAt: Date;
  /** Whether the present pair was used. `open`: it can't be told from outside. */
  used: boolean | 'open';
  /** Until when it can refresh, in the service's time. */
  refreshUntil: Date;
  signedInAt: Date;
  ended: 'logout' | 'reuse' | undefined;
}

/** What is known of every device, from the answers alone. */
export interface TokenModel {
  law: Law;
  /** Whether an access token must be accepted; undefined where either may be. */
  accepts(token: string, exchange: Pick<Exchange, 'from' | 'until'>): boolean | undefined;
}

const ACCESS_MS = 15 * 60_000;
const REFRESH_MS = 30 * 86_400_000;
const YEAR_MS = 365 * 86_400_000;
const OVERLAP_MS = 10_000;
/** JWTs count whole seconds. */
const GRAIN_MS = 1_500;

export function createTokenModel(): TokenModel {
  const byRefresh = new Map<string, Device>();
  const byAccess = new Map<string, { device: Device; issuedAt: Date }>();

  const accepts: TokenModel['accepts'] = (token, { from, until }) => {
    const known = byAccess.get(token);
    if (!known || known.device.ended) return false;
    const end = known.issuedAt.getTime() + ACCESS_MS;
    if (from.getTime() > end + GRAIN_MS || from.getTime() >= known.device.signedInAt.getTime() + YEAR_MS) return false;
    return until.getTime() < end - GRAIN_MS ? true : undefined;
  };

  const remember = (device: Device, { body: { auth }, from, until }: Exchange) => {
    byAccess.set(auth.cp_access_jwt, { device, issuedAt: from });
    byRefresh.set(auth.refresh_token, device);
    if (device.refreshTokens.at(-1) === auth.refresh_token) return;
    device.refreshTokens.push(auth.refresh_token);
    const end = Math.min(from.getTime() + REFRESH_MS, device.signedInAt.getTime() + YEAR_MS);
    Object.assign(device, { rotatedAt: until, used: false, refreshUntil: new Date(end), present: new Set() });
  };

  const refresh = (exchange: Exchange): string | undefined => {
    const token = exchange.fields.refresh_token as string;
    const { status, body } = { status: exchange.answer.status, body: exchange.body };
    const device = byRefresh.get(token);
    if (!device) return expectAnswer(exchange, 'nobody was given this refresh token', '401 unauthorized', '400');
    if (device.ended === 'logout') return expectAnswer(exchange, 'the device was signed out', '410 session_expired');
    if (device.ended) return expectAnswer(exchange, 'the device was revoked', '410 session_expired', '401');
    const over = isOver(exchange, device.refreshUntil);
    if (over) return expectAnswer(exchange, 'its 30 days are over', '410 session_expired');
    const age = device.refreshTokens.length - 1 - device.refreshTokens.indexOf(token);
    const expected = over === undefined ? 'open' : expectation(device, age, exchange);
    const wrong = {
      open: undefined,
      rotate: expectAnswer(exchange, 'the present refresh token', '200'),
      repeat: expectAnswer(exchange, 'the last but one, whose successor is unused or new', '200'),
      reused: expectAnswer(exchange, 'a refresh token that was rotated out', '401 refresh_token_reused'),
    }[expected];
    if (wrong) return wrong;
    if (status === 401) device.ended = 'reuse';
    if (status !== 200) return undefined;
    if (exchange.user !== device.user) return "another user's tokens";
    const given = body.auth.refresh_token;
    if (age === 0 ? byRefresh.has(given) : given !== device.refreshTokens.at(-1)) {
      return age === 0 ? 'a refresh token was issued twice' : 'another successor than the first time';
    }
    remember(device, exchange);
    device.present.add(body.auth.cp_access_jwt);
    return undefined;
  };

  const law: Law = (exchange) => {
    const { operation, answer, bearer, body } = exchange;
    if (operation.id === 'refreshAuth' && answer.status !== 400) return refresh(exchange);
    if (operation.id === 'pollPluginLogin' && answer.status === 200) {
      if (byRefresh.has(body.auth.refresh_token)) return 'a refresh token was issued twice';
      const device: Device = {
        user: exchange.user,
        refreshTokens: [],
        present: new Set(),
        rotatedAt: exchange.until,
        used: false,
        refreshUntil: exchange.until,
        signedInAt: exchange.from,
        ended: undefined,
      };
      remember(device, exchange);
      device.present.add(body.auth.cp_access_jwt);
    }
    const device = bearer === undefined ? undefined : byAccess.get(bearer)?.device;
    if (!device || bearer === undefined) return undefined;
    if (answer.status !== 401 && device.present.has(bearer) && device.used !== true) {
      // A request may be refused before anyone asks for its token.
      device.used = answer.status >= 400 ? 'open' : true;
    }
    if (operation.id === 'logout' && answer.status === 204) device.ended = 'logout';
    return undefined;
  };
  return { law, accepts };
}

/** What has to become of the refresh token that was issued `age` rotations before the present one. */
function expectation(device: Device, age: number, { from, until }: Exchange): 'rotate' | 'repeat' | 'reused' | 'open' {
  if (age === 0) return 'rotate';
  if (age > 1) return 'reused';
  if (device.used === false) return 'repeat';
  if (from.getTime() >= device.rotatedAt.getTime() + OVERLAP_MS) return device.used === 'open' ? 'open' : 'reused';
  return until.getTime() < device.rotatedAt.getTime() + OVERLAP_MS - 2_000 ? 'repeat' : 'open';
}
