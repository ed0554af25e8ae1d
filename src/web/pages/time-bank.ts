import { html } from 'hono/html';
import type { Html } from './layout.ts';
import { hoursAndMinutes, when } from './times.ts';
import type { AccountView } from './views.ts';

type TimeBank = AccountView['timeBank'];

/** What is left of the time of the cycle, as a bar and in words. */
export function timeBank(bank: TimeBank, now: Date): Html {
  return html`<section aria-labelledby="time-bank">
<h2 id="time-bank">Time Bank</h2>
${bank.includedSeconds === null || bank.remainingSeconds === null ? withoutLimit(bank) : limited(bank, bank.includedSeconds, bank.remainingSeconds)}
<p class="hint">A new cycle begins ${when(bank.cycleEnd, now)}.</p>
</section>`;
}

function withoutLimit(bank: TimeBank): Html {
  return html`<p class="figure">Unlimited</p>
<p>${hoursAndMinutes(bank.consumedSeconds, 'up')} used in this cycle.</p>`;
}

function limited(bank: TimeBank, included: number, remaining: number): Html {
  if (included === 0 && bank.consumedSeconds === 0) return html`<p>The plan includes no time.</p>`;
  const used = hoursAndMinutes(bank.consumedSeconds, 'up');
  const share = included === 0 ? 100 : Math.min(100, Math.round((100 * bank.consumedSeconds) / included));
  return html`<p class="figure">${hoursAndMinutes(remaining, 'down')} left</p>
<meter aria-label="Time used" min="0" max="100" high="90" optimum="0" value="${share}">${share} %</meter>
<p>${used} of ${hoursAndMinutes(included, 'down')} used in this cycle.</p>
${
  bank.overageSeconds > 0
    ? html`<p class="box warning">Used beyond the plan: ${hoursAndMinutes(bank.overageSeconds, 'up')}.</p>`
    : null
}`;
}
