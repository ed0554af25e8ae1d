import { html } from 'hono/html';
import { asking, timeLeft, warnings } from './asking.ts';
import { attemptForm } from './forms.ts';
import { layout } from './layout.ts';
import type { LoginView } from './views.ts';

/** The first page that a plugin opens, in a browser that nobody is signed in to. */
export function signInPage(view: LoginView): string {
  return layout({
    title: 'Sign in OBS',
    content: html`${asking(view)}
${warnings(view)}
<div class="actions">
${attemptForm(
  { action: '/login/plugin/sign-in', attempt: view },
  html`<button class="primary">Sign in with ${view.providerName}</button>`,
)}
${attemptForm({ action: '/login/plugin/deny', attempt: view }, html`<button>This wasn’t me</button>`)}
</div>
<p>Signing in approves nothing yet: that is the next step.</p>
${timeLeft(view)}`,
  });
}
