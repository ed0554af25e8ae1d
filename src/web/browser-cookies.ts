import { jwtVerify, SignJWT } from 'jose';
import type { Context } from 'koa';
import { addSeconds, type Clock } from '../clock.ts';
import type { SecretRing } from '../config.ts';
import { deriveKeyRing } from '../features/auth/index.ts';
import type { OnPrevious } from '../previous-secrets.ts';
import type { Random } from '../random.ts';
import { isSameSecret } from '../secrets.ts';
import { browserName } from './browser-name.ts';

/** Life of a sign-in on the pages, in seconds. It is never renewed. */
export const PAGE_SESSION_SECONDS = 1_800;

/** `__Host-`: only from this host, only over TLS (or on loopback), for all its paths (RFC 6265bis, section 4.1.3.2). */
const BROWSER_COOKIE = '__Host-telemy-browser';
const SESSION_COOKIE = '__Host-telemy-session';
const ALGORITHM = 'HS256';
const PURPOSE = 'page session';

/** A sign-in on the pages. */
export interface PageSession {
  userId: string;
  /** When it began. */
  since: Date;
}

/** The two cookies of the pages: which browser this is, and who has signed in there. One is worth nothing without the other. */
export interface BrowserCookies {
  /** The browser's id; null if it has none. */
  readBrowser(ctx: Context): string | null;
  /** The browser's id; one that has none gets one with the answer. */
  ensureBrowser(ctx: Context): string;
  /** Who is signed in in this browser; null: nobody. */
  readSession(ctx: Context, browserId: string): Promise<PageSession | null>;
  signIn(ctx: Context, browserId: string, userId: string): Promise<void>;
  signOut(ctx: Context): void;
}

export function createBrowserCookies(options: {
  secrets: SecretRing;
  onPreviousSecret: OnPrevious;
  clock: Clock;
  random: Random;
}): BrowserCookies {
  const { clock, random } = options;
  const keys = deriveKeyRing(options.secrets, PURPOSE);

  const set = (ctx: Context, name: string, value: string | null): void => {
    // TLS ends at the proxy, so Koa cannot know of it; the browser does.
    ctx.cookies.secure = true;
    ctx.cookies.set(name, value, { httpOnly: true, secure: true, sameSite: 'lax', path: '/', overwrite: true });
  };

  const readBrowser = (ctx: Context): string | null => {
    const id = ctx.cookies.get(BROWSER_COOKIE);
    return id !== undefined && /^[\w-]{43}$/.test(id) ? id : null;
  };

  return {
    readBrowser,
    ensureBrowser(ctx) {
      const known = readBrowser(ctx);
      if (known !== null) return known;
      const id = random.token(32);
      set(ctx, BROWSER_COOKIE, id);
      return id;
    },
    async readSession(ctx, browserId) {
      const token = ctx.cookies.get(SESSION_COOKIE);
      if (token === undefined) return null;
      try {
        const { payload, protectedHeader } = await jwtVerify(token, ({ kid }) => keys.get(kid), {
          algorithms: [ALGORITHM],
          currentDate: clock.now(),
          requiredClaims: ['sub', 'exp', 'since', 'browser'],
        });
        if (protectedHeader.kid !== keys.currentId) options.onPreviousSecret();
        const { sub = '', since, browser } = payload;
        const isHere = isSameSecret(String(browser), browserName(browserId));
        return isHere && /^usr_\w+$/.test(sub) ? { userId: sub, since: new Date(since as number) } : null;
      } catch {
        // Expired, forged or of another key: the browser is signed out.
        return null;
      }
    },
    async signIn(ctx, browserId, userId) {
      const now = clock.now();
      // The standard's `iat` has whole seconds: a sign-out in the same one would end the next sign-in too.
      const token = await new SignJWT({ browser: browserName(browserId), since: now.getTime() })
        .setProtectedHeader({ alg: ALGORITHM, kid: keys.currentId })
        .setSubject(userId)
        .setExpirationTime(addSeconds(now, PAGE_SESSION_SECONDS))
        .sign(keys.current);
      set(ctx, SESSION_COOKIE, token);
    },
    signOut: (ctx) => set(ctx, SESSION_COOKIE, null),
  };
}
