import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { icon, stylesheet } from '../../src/web/assets.ts';
import type { Gallery } from './gallery.ts';

/** What the pages have to get along with. */
export const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Where the hand-off leads: 204, so that the browser stays on the page. */
export const ELSEWHERE = '/elsewhere';

/** Serves pages under their names, with the policy, on loopback. `makePages` gets where it listens. */
export async function servePages(
  makePages: (origin: string) => Gallery,
): Promise<{ origin: string; stop(): Promise<void> }> {
  let pages: Gallery = {};
  const server = createServer(({ url = '' }, response) => {
    const found = find(url, pages);
    response.writeHead(found ? 200 : url === ELSEWHERE ? 204 : 404, {
      'Content-Type': found?.type ?? 'text/plain',
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(found?.text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pages = makePages(origin);
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { origin, stop };
}

function find(url: string, pages: Gallery): { type: string; text: string } | undefined {
  if (url === stylesheet.path) return { type: 'text/css; charset=utf-8', text: stylesheet.text };
  if (url === icon.path) return { type: 'image/svg+xml', text: icon.text };
  const text = pages[url.slice(1)];
  return text === undefined ? undefined : { type: 'text/html; charset=utf-8', text };
}
