import { html } from 'hono/html';
import { deviceInSentence } from './device.ts';
import { type Html, layout } from './layout.ts';

/** What the end of a plugin's sign-in is told with. */
export interface ClosingView {
  outcome: 'approved' | 'denied';
  deviceName: string | null;
}

/** The end of a plugin's sign-in, in the browser. */
export function closingPage(view: ClosingView): string {
  const device = deviceInSentence({ name: view.deviceName });
  return view.outcome === 'approved'
    ? layout({ title: 'You’re signed in', content: approved(device) })
    : layout({ title: 'Denied', content: denied() });
}

function approved(device: Html): Html {
  return html`<p class="sign good" aria-hidden="true">✓</p>
<h1>You’re signed in. Go back to OBS</h1>
<p>OBS on ${device} now uses your account. This window may be closed.</p>
<p>You can sign the device out at any time: <a href="/account">see your account</a>.</p>`;
}

function denied(): Html {
  return html`<p class="sign" aria-hidden="true">✕</p>
<h1>Denied: nothing was signed in</h1>
<p>OBS was told so, and the code is of no use any more. If you did start it yourself, start again in OBS.</p>
<h2>If you didn’t start it</h2>
<ul>
<li>You did the right thing, and nothing else is needed now.</li>
<li>Someone may have wanted to get into your account. Don’t open their link again, and don’t type a code that you were sent.</li>
<li>If you approved such a sign-in before, <a href="/account">see your account</a> and sign out what you don’t know.</li>
</ul>`;
}
