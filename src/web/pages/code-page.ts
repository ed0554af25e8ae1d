import { html } from 'hono/html';
import { faultSummary, form } from './forms.ts';
import { type Html, layout } from './layout.ts';

/** What the page for typing the code shows. */
export interface CodeView {
  csrfToken: string;
  /** What was typed last. */
  code: string;
  fault: null | 'malformed' | 'unknown';
}

const FAULTS = {
  malformed: 'Type the eight letters as OBS shows them, such as BCDF-GHJK.',
  unknown: 'No sign-in waits with this code. Compare it with OBS, or start again there for a new one.',
};

/** Takes the code that OBS shows, for going on in a browser that OBS didn't open. */
export function codePage(view: CodeView): string {
  const fault = view.fault && FAULTS[view.fault];
  return layout({
    title: `${fault ? 'Error: ' : ''}Type the code from OBS`,
    content: html`${fault ? faultSummary({ field: 'code', text: fault }) : null}
<h1>Type the code that OBS shows</h1>
<p>Start signing in to Telemy in OBS. It shows a code of eight letters.</p>
<p class="box care"><strong>Only type a code that you see in your own OBS.</strong>
Nobody from Telemy sends you one. Whoever does wants to get into your account.</p>
${form(
  { action: '/login/plugin/code', csrfToken: view.csrfToken },
  html`<label for="code">Code</label>
<p class="hint" id="code-hint">Capital or small, with or without the line in the middle.</p>
${fault ? html`<p class="fault-text" id="code-fault">${fault}</p>` : null}
${codeInput(view.code, fault !== null)}
<div class="actions"><button class="primary">Continue</button></div>`,
)}`,
  });
}

// A code of one time, but never one that came by message: the browser must not offer any.
function codeInput(code: string, hasFault: boolean): Html {
  return html`<input class="code-field" id="code" name="code" value="${code}" required maxlength="32" autocomplete="off"
autocapitalize="characters" spellcheck="false" aria-describedby="code-hint${hasFault ? ' code-fault' : ''}"${
    hasFault ? html` aria-invalid="true"` : null
  }>`;
}
