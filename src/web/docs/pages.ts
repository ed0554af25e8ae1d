import { html, raw } from 'hono/html';
import { type Html, layout } from '../pages/layout.ts';
import { GUIDES, type Guide, guidePath } from './guides.ts';

/** The reference: an empty place that a script fills. Paths are those of the assets. */
export function referencePage(view: { contractPath: string; styles: string[]; scripts: string[] }): string {
  return layout({
    title: 'API reference',
    nav: navigation('/docs'),
    head: html`${styleLinks(view.styles)}
${view.scripts.map((path) => html`<script src="${path}" defer></script>`)}`,
    content: html`<div id="reference" data-contract="${view.contractPath}"></div>
<noscript><p>The reference needs JavaScript. The contract itself is at <a href="/openapi.json">/openapi.json</a>, and the guides above
work without.</p></noscript>`,
  });
}

/** A guide. @param content rendered by us: it goes into the page as it is. */
export function guidePage(view: { guide: Guide; content: string; styles: string[] }): string {
  return layout({
    title: view.guide.title,
    nav: navigation(guidePath(view.guide)),
    head: styleLinks(view.styles),
    content: html`<article>${raw(view.content)}</article>`,
  });
}

function styleLinks(paths: string[]): Html {
  return html`${paths.map((path) => html`<link rel="stylesheet" href="${path}">`)}`;
}

function navigation(current: string): Html {
  const links = [
    { path: '/docs', title: 'Reference' },
    ...GUIDES.map((guide) => ({ path: guidePath(guide), title: guide.title })),
  ];
  return html`<nav aria-label="Documentation"><ul>
${links.map(({ path, title }) => html`<li><a href="${path}"${path === current ? raw(' aria-current="page"') : ''}>${title}</a></li>`)}
</ul></nav>`;
}
