import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** The code in large; screen readers get it letter by letter, with a pause between its halves. */
export function userCode(code: string): Html {
  const spelled = code
    .split('-')
    .map((part) => [...part].join(' '))
    .join(', ');
  return html`<p class="code"><span aria-hidden="true">${code}</span><span class="unseen">${spelled}</span></p>`;
}
