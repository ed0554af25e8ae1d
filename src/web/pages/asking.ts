import { html } from 'hono/html';
import { deviceFacts, deviceInSentence, place } from './device.ts';
import { quoted } from './foreign-text.ts';
import type { Html } from './layout.ts';
import { minutesInWords } from './times.ts';
import { userCode } from './user-code.ts';
import type { LoginView } from './views.ts';

/** Who asks and with which code: what to compare with OBS before anything is done. */
export function asking(view: LoginView): Html {
  return html`${view.userCode === '' ? withoutCode(view) : withCode(view)}
${deviceFacts(view.device)}
<p class="box care"><strong>If you didn’t just start this in OBS, or someone sent you this link, deny it.</strong>
Whoever started it would get into your account.</p>`;
}

function withCode(view: LoginView): Html {
  return html`<h1>Does OBS on ${deviceInSentence(view.device)} show this code?</h1>
${userCode(view.userCode)}
<p class="hint">Older plugins show no code: then compare the device and the time.</p>`;
}

function withoutCode(view: LoginView): Html {
  return html`<h1>Did you start signing in OBS on ${deviceInSentence(view.device)}?</h1>`;
}

/** Whether someone else may be behind the request: then a tick is wanted. */
export function isDoubtful({ elsewhere, device }: LoginView): boolean {
  return elsewhere || device.webPage !== null;
}

/** What makes the request doubtful; nothing if it isn't. */
export function warnings(view: LoginView): Html {
  const { webPage } = view.device;
  return html`${webPage === null ? null : webPageWarning(webPage)}${view.elsewhere ? elsewhereWarning(view) : null}`;
}

/** Any page that is open in the user's own browser could ask; docks are pages too. */
function webPageWarning(origin: string): Html {
  return html`<div class="box warning">
<h2>A web page asked for this</h2>
<p>It is at ${quoted(origin)}. That is normal for a dock, which is a page inside OBS. It is also how it looks when a
website wants to get into your account.</p>
</div>`;
}

/** Names both places. */
function elsewhereWarning(view: LoginView): Html {
  return html`<div class="box warning">
<h2>OBS asked from somewhere else</h2>
<dl>
<div><dt>OBS asked from</dt><dd>${place(view.device.place)}</dd></div>
<div><dt>You are at</dt><dd>${place(view.here)}</dd></div>
</dl>
<p>That is normal if this browser is in another network than OBS, such as a phone on mobile data. It is also how it
looks when someone else wants to get into your account.</p>
</div>`;
}

/** How long the page is of use. */
export function timeLeft(view: LoginView): Html {
  return html`<p class="hint">You have ${minutesInWords(view.minutesLeft)} left. After that, start again in OBS.</p>`;
}
