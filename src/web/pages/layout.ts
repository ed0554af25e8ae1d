import { html } from 'hono/html';
import { icon, stylesheet } from '../assets.ts';

/** A piece of a page. */
export type Html = ReturnType<typeof html>;

/** The whole document around the content of a page. */
export function layout(page: { title: string; content: Html; head?: Html; nav?: Html; foot?: Html }): string {
  return toText(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no, address=no, email=no">
<meta name="robots" content="noindex">
<title>${page.title} – Telemy</title>
<link rel="stylesheet" href="${stylesheet.path}">
<link rel="icon" type="image/svg+xml" href="${icon.path}">
${page.head}
</head>
<body>
<header><p class="wordmark"><img src="${icon.path}" alt="" width="28" height="28">Telemy</p>${page.nav}</header>
<main>
${page.content}
</main>
${page.foot && html`<footer>${page.foot}</footer>`}
</body>
</html>
`);
}

/** The tag gives a promise only for what holds one, and no page waits for anything. */
function toText(content: Html): string {
  if (content instanceof Promise) throw new TypeError('A page must be complete at once.');
  return content.toString();
}
