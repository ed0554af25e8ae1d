import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** A form that posts to a path of ours, with the token that shows it comes from our own page. */
export function form(target: { action: string; csrfToken: string }, content: Html): Html {
  return html`<form method="post" action="${target.action}">
<input type="hidden" name="csrf" value="${target.csrfToken}">
${content}
</form>`;
}

/** A form of a plugin's sign-in, which names the attempt. */
export function attemptForm(
  target: { action: string; attempt: { attemptId: string; csrfToken: string } },
  content: Html,
): Html {
  const { attemptId, csrfToken } = target.attempt;
  return form(
    { action: target.action, csrfToken },
    html`<input type="hidden" name="attempt" value="${attemptId}">
${content}`,
  );
}

/** Tells on top of a page what is wrong with one of its fields, and leads there. */
export function faultSummary(fault: { field: string; text: string }): Html {
  return html`<div class="box fault" role="alert" tabindex="-1" autofocus>
<h2>There is a problem</h2>
<p><a href="#${fault.field}">${fault.text}</a></p>
</div>`;
}
