import { createCookieJar } from './page-cookies.ts';
import { fieldsOf, linksOf } from './page-html.ts';

/** An answer of the pages. */
export interface PageAnswer {
  /** Path and query of what was asked last. */
  path: string;
  status: number;
  headers: Headers;
  html: string;
}

export interface PageRequest {
  headers?: Record<string, string>;
  /** False: a redirect is the answer. Default: it is followed. */
  follow?: boolean;
}

/** As much of a browser as our pages need: cookies, forms with their hidden fields, redirects. */
export interface PageClient {
  cookies: Map<string, string>;
  open(path: string, request?: PageRequest): Promise<PageAnswer>;
  /** Sends fields to a path, whether or not a page has such a form. */
  post(path: string, fields: Record<string, string>, request?: PageRequest): Promise<PageAnswer>;
  /** Fills in a form of the page and sends it. */
  submit(page: PageAnswer, action: string, fields?: Record<string, string>, request?: PageRequest): Promise<PageAnswer>;
  /** Follows the hand-off page to the provider, up to the address at which it sends the browser back to us. */
  visitProvider(handOff: PageAnswer): Promise<string>;
  /** From the account page to the provider and up to the address that it sends back to, which isn't opened yet. */
  reachCallback(): Promise<string>;
  /** The whole sign-in on the account page, and where it ended. */
  signIn(): Promise<PageAnswer>;
}

/**
 * @param home origin of the pages.
 * @param headers sent with each request to them.
 */
export function createPageClient(home: string, headers: Record<string, string> = {}): PageClient {
  const jar = createCookieJar();

  async function send(path: string, init: RequestInit, request: PageRequest = {}): Promise<PageAnswer> {
    const sent = new Headers({ ...headers, ...request.headers });
    if (jar.values.size > 0) sent.set('Cookie', jar.header());
    const response = await fetch(`${home}${path}`, { ...init, redirect: 'manual', headers: sent });
    jar.take(response.headers);
    const html = await response.text();
    const location = response.headers.get('Location');
    if (location === null || request.follow === false) {
      return { path, status: response.status, headers: response.headers, html };
    }
    const target = new URL(location, home);
    if (target.origin !== home) throw new Error(`Sent away to ${location}`);
    return send(`${target.pathname}${target.search}`, { method: 'GET' }, request);
  }

  const open: PageClient['open'] = (path, request) => send(path, { method: 'GET' }, request);
  const post: PageClient['post'] = (path, fields, request) =>
    send(path, { method: 'POST', body: new URLSearchParams(fields) }, request);
  const submit: PageClient['submit'] = (page, action, fields = {}, request = {}) =>
    post(action, { ...fieldsOf(page.html, action), ...fields }, request);

  async function visitProvider(handOff: PageAnswer): Promise<string> {
    const link = [...linksOf(handOff.html).values()].find((href) => !href.startsWith('/'));
    if (link === undefined) throw new Error(`No way to the provider: ${handOff.status} ${handOff.html}`);
    const back = (await fetch(link, { redirect: 'manual' })).headers.get('Location') ?? '';
    if (!back.startsWith(`${home}/`)) throw new Error(`The provider sends the browser to ${back}`);
    return back.slice(home.length);
  }
  const reachCallback = async (): Promise<string> =>
    visitProvider(await submit(await open('/account'), '/account/sign-in'));

  return {
    cookies: jar.values,
    open,
    post,
    submit,
    visitProvider,
    reachCallback,
    signIn: async () => open(await reachCallback()),
  };
}
