/** Where a browser ended up. */
export interface Page {
  url: URL;
  /** Absent where nothing was asked there: the address belongs to whoever sent the browser away. */
  status?: number;
  html: string;
}

/** As much of a browser as a sign-in needs: cookies, redirects, forms. It runs no script. */
export interface Browser {
  open(url: URL): Promise<Page>;
  /** Presses a button of the page's form. */
  press(page: Page, button: { name: string; value: string }): Promise<Page>;
}

interface Cookie {
  host: string;
  path: string;
  value: string;
}

/** @param home redirects to addresses that begin like this are not followed. */
export function createBrowser(home: string): Browser {
  /** By name, host and path. */
  const cookies = new Map<string, Cookie & { name: string }>();

  function keep({ hostname }: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(/; */);
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    const read = (wanted: string) =>
      attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const cookie = { name, host: hostname, path: read('path') ?? '/', value: pair.slice(at + 1) };
    const key = `${name} ${cookie.host} ${cookie.path}`;
    const expires = read('expires');
    if (expires !== undefined && Date.parse(expires) <= Date.now()) cookies.delete(key);
    else cookies.set(key, cookie);
  }

  /** Ports make no difference to cookies. */
  function cookieHeader({ hostname, pathname }: URL): string {
    return [...cookies.values()]
      .filter(({ host, path }) => host === hostname && isWithin(pathname, path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  async function follow(url: URL, form?: URLSearchParams): Promise<Page> {
    if (url.href.startsWith(home)) return { url, html: '' };
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { Accept: 'text/html', Cookie: cookieHeader(url) },
      ...(form ? { method: 'POST', body: form } : {}),
    });
    for (const line of response.headers.getSetCookie()) keep(url, line);
    const html = await response.text();
    const location = response.headers.get('Location');
    return location === null ? { url, status: response.status, html } : await follow(new URL(location, url));
  }

  return {
    open: (url) => follow(url),
    press: ({ url }, { name, value }) => follow(url, new URLSearchParams({ [name]: value })),
  };
}

/** RFC 6265, section 5.1.4. */
function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}
