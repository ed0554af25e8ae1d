import { html } from 'hono/html';
import { layout } from './layout.ts';

/**
 * Leads on to the identity provider. A page of its own, because a redirect from a form to another site is refused under
 * `form-action 'self'`.
 *
 * @throws TypeError for an address that isn't http or https.
 */
export function handOffPage(view: { url: string; providerName: string }): string {
  const { protocol, href } = new URL(view.url);
  if (!/^https?:$/.test(protocol)) throw new TypeError(`Not the address of a page: ${protocol}`);
  return layout({
    title: `On to ${view.providerName}`,
    head: html`<meta http-equiv="refresh" content="0;url=${href}">`,
    content: html`<h1>On to ${view.providerName}</h1>
<p>You sign in there and come back here. If nothing happens, use this link:</p>
<p class="actions"><a class="button primary" href="${href}">Continue to ${view.providerName}</a></p>`,
  });
}
