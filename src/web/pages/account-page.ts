import { html } from 'hono/html';
import { deviceLabel, deviceName, software } from './device.ts';
import { isolated } from './foreign-text.ts';
import { form } from './forms.ts';
import { type Html, layout } from './layout.ts';
import { timeBank } from './time-bank.ts';
import { when } from './times.ts';
import type { AccountView, SignedInDevice } from './views.ts';

const STATUSES = { trial: 'Trial', active: 'Active', past_due: 'Payment overdue', canceled: 'Canceled' };

/** The account: its plan, its time, and the devices that use it. */
export function accountPage(view: AccountView): string {
  return layout({
    title: 'Your account',
    content: html`${
      view.notice === 'device_signed_out'
        ? html`<p class="box good" role="status">The device was signed out.</p>`
        : null
    }
<h1>Your account</h1>
<p class="account"><strong>${isolated(view.account.name)}</strong> ${isolated(view.account.email)}</p>
${plan(view.plan)}
${timeBank(view.timeBank, view.now)}
${devices(view)}
${form({ action: '/account/sign-out', csrfToken: view.csrfToken }, html`<button>Sign out of this page</button>`)}
${view.devices.length === 0 ? null : html`<p class="hint">OBS stays signed in on the devices above.</p>`}`,
  });
}

function plan({ name, status, maxRelays, liveRelays }: AccountView['plan']): Html {
  return html`<section aria-labelledby="plan">
<h2 id="plan">Plan</h2>
<p class="figure"><span class="plan">${name}</span> <span class="status ${status}">${STATUSES[status]}</span></p>
<p>${liveRelays} of ${maxRelays} relays running.</p>
</section>`;
}

function devices(view: AccountView): Html {
  const items = view.devices.map((device) => html`<li>${deviceItem(device, view)}</li>`);
  return html`<section aria-labelledby="devices">
<h2 id="devices">Devices</h2>
${
  items.length === 0
    ? html`<p>No device is signed in. Start signing in to Telemy in OBS.</p>`
    : html`<p>OBS is signed in to your account here. Sign out what you don’t know.</p>
<ul class="devices">${items}</ul>`
}
</section>`;
}

function deviceItem(device: SignedInDevice, { csrfToken, now }: AccountView): Html {
  const name = device.name === null ? html`Device without a name` : deviceName(device.name);
  return html`<div><h3>${name}</h3>
<p class="hint">${software(device)}<br>Last seen ${when(device.lastSeenAt, now)}, signed in ${when(device.signedInAt, now)}</p></div>
${form(
  { action: `/account/devices/${encodeURIComponent(device.id)}/sign-out`, csrfToken },
  html`<button>Sign out<span class="unseen"> ${deviceLabel(device)}</span></button>`,
)}`;
}
