import { html } from 'hono/html';
import { form } from './forms.ts';
import { layout } from './layout.ts';

/** What the way to the account page is shown with. */
export interface AccountSignInView {
  providerName: string;
  csrfToken: string;
  /** This browser was just signed out of the page. */
  signedOut: boolean;
}

/** The way to the account page. */
export function accountSignInPage(view: AccountSignInView): string {
  return layout({
    title: 'Your account',
    content: html`${
      view.signedOut ? html`<p class="box good" role="status">This page is signed out. OBS stays signed in.</p>` : null
    }
<h1>Your Telemy account</h1>
<p>Sign in to see your plan, the time that is left, and the devices that use your account.</p>
<div class="actions">
${form(
  { action: '/account/sign-in', csrfToken: view.csrfToken },
  html`<button class="primary">Sign in with ${view.providerName}</button>`,
)}
</div>`,
  });
}
