import { dollars } from '../objects/money.ts';
import type { Checkout } from '../shop.ts';
import type { Answer } from './server.ts';

/** The page on which a customer pays; without script, so that it works everywhere. */
export function payPage(checkout: Checkout, cents: number): Answer {
  const { variant, quantity, attributes, id } = checkout;
  const { redirect_url: redirectUrl } = attributes.product_options;
  const price = `${dollars(cents)} per month`;
  const terms = variant.trialDays === undefined ? price : `free for ${variant.trialDays} days, then ${price}`;
  const lines = [
    `<p>${escapeHtml(variant.name)}${quantity === 1 ? '' : ` × ${quantity}`}: ${terms}</p>`,
    attributes.checkout_data.email ? `<p>For ${escapeHtml(attributes.checkout_data.email)}</p>` : '',
    `<form method="post" action="/checkout/${escapeHtml(id)}/pay"><button>Pay</button></form>`,
    '<p><small>A stand-in for Lemon Squeezy: no money moves.</small></p>',
  ];
  // Browsers hold the redirect that follows a form to `form-action` too.
  const formTargets = redirectUrl ? `'self' ${new URL(redirectUrl).origin}` : "'self'";
  return page(200, variant.productName, lines.join('\n'), formTargets);
}

/** A page that only tells something. */
export function notePage(status: number, title: string, text: string): Answer {
  return page(status, title, `<p>${escapeHtml(text)}</p>`, "'none'");
}

function page(status: number, title: string, content: string, formTargets: string): Answer {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action ${formTargets}; frame-ancestors 'none'`;
  return {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 2rem auto; padding: 0 1rem; }
button { font: inherit; width: 100%; padding: 0.75rem; border: 0; border-radius: 0.5rem; background: #5b21b6; color: #fff; }
</style>
<h1>${escapeHtml(title)}</h1>
${content}
</html>
`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
