/** Which provisioning step people see. One that is on show stays for a while; those that pass meanwhile are left out. */
export interface StepDisplay {
  shown: string | null;
  since: number;
  /** Comes next; undefined: nothing does. */
  next?: string | null;
}

/** Nothing shown. */
export function createStepDisplay(): StepDisplay {
  return { shown: null, since: 0 };
}

/** Notes the step that is true now; null: none. */
export function noteStep(display: StepDisplay, step: string | null): StepDisplay {
  const { shown, since } = display;
  return step === shown ? { shown, since } : { shown, since, next: step };
}

/** What to show at a time. The same object: nothing changes. */
export function showStep(display: StepDisplay, at: number, minMs: number): StepDisplay {
  const { shown, since, next } = display;
  if (next === undefined || (shown !== null && at - since < minMs)) return display;
  return { shown: next, since: at };
}
