import { html } from 'hono/html';
import { asking, isDoubtful, timeLeft, warnings } from './asking.ts';
import { isolated } from './foreign-text.ts';
import { attemptForm, faultSummary } from './forms.ts';
import { type Html, layout } from './layout.ts';
import type { LoginView, SignedInAccount } from './views.ts';

/** What the page where a plugin is let in shows. */
export interface ApproveView extends LoginView {
  account: SignedInAccount;
  /** The tick was missing in the last try. */
  tickMissing: boolean;
}

const TICK_MISSING = 'Tick that you started this sign-in yourself, or deny it.';

/** Asks the user, signed in by now, whether the plugin may use the account. */
export function approvePage(view: ApproveView): string {
  const wantsTick = isDoubtful(view);
  const hasFault = wantsTick && view.tickMissing;
  return layout({
    title: `${hasFault ? 'Error: ' : ''}Approve the sign-in of OBS`,
    content: html`${hasFault ? faultSummary({ field: 'confirmed', text: TICK_MISSING }) : null}
${asking(view)}
${warnings(view)}
<p class="account">OBS will use the account of <strong>${isolated(view.account.name)}</strong>
(${isolated(view.account.email)}).</p>
<div class="actions">
${attemptForm(
  { action: '/login/plugin/approve', attempt: view },
  html`${wantsTick ? tick(hasFault) : null}
<button class="primary">Approve</button>`,
)}
${attemptForm({ action: '/login/plugin/deny', attempt: view }, html`<button>Deny</button>`)}
</div>
${attemptForm(
  { action: '/login/plugin/sign-in', attempt: view },
  html`<input type="hidden" name="switch" value="yes">
<button class="quiet">Use another account</button>`,
)}
${timeLeft(view)}`,
  });
}

function tick(isMissing: boolean): Html {
  return html`<div class="box tick">
<input type="checkbox" id="confirmed" name="confirmed" value="yes" required${
    isMissing ? html` aria-invalid="true" aria-describedby="confirmed-fault"` : null
  }>
<label for="confirmed">I started this sign-in myself, on the device named above. Nobody sent me the link or the code.</label>
${isMissing ? html`<p class="fault-text" id="confirmed-fault">${TICK_MISSING}</p>` : null}
</div>`;
}
