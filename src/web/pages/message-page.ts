import { html } from 'hono/html';
import { layout } from './layout.ts';
import { type Message, WORDINGS } from './messages.ts';
import { waitingTime } from './times.ts';

/** What a message is told with. */
export interface MessageView {
  message: Message;
  requestId: string;
  providerName?: string;
  /** Local path to try again at. */
  again?: string;
  /** How long to wait before that, in seconds. */
  retryAfter?: number;
}

/** A page that says what happened and what to do next, with the request's id at its foot. */
export function messagePage(view: MessageView): string {
  const { heading, happened, next, seeAccount, seeDocs } = WORDINGS[view.message];
  const provider = view.providerName ?? 'the sign-in service';
  const tell = (text: string) => {
    const told = text.replaceAll('{provider}', () => provider);
    return told.charAt(0).toUpperCase() + told.slice(1);
  };
  return layout({
    title: tell(heading),
    content: html`<h1>${tell(heading)}</h1>
<p>${tell(happened)}</p>
<p>${tell(next)}</p>
${view.retryAfter === undefined ? null : html`<p><strong>Wait ${waitingTime(view.retryAfter)}</strong> before you try again.</p>`}
${
  view.again === undefined && !seeAccount && !seeDocs
    ? null
    : html`<p class="actions">${view.again === undefined ? null : html`<a class="button primary" href="${view.again}">Try again</a>`}
${seeAccount ? html`<a class="button" href="/account">See your account</a>` : null}
${seeDocs ? html`<a class="button" href="/docs">Open the documentation</a>` : null}</p>`
}`,
    foot: html`<p>Request id: ${view.requestId}</p>`,
  });
}
