import ora, { type Ora } from 'ora';

let spinner: Ora | undefined;

/** Shows what is under way. The terminal is left as it is: ora's raw mode swallows Ctrl-C between two of its spinners. */
export function spin(text: string): Ora {
  spinner = ora({ text, discardStdin: false }).start();
  return spinner;
}

/** Removes what is shown as under way. */
export function stopSpinner(): void {
  spinner?.stop();
}
