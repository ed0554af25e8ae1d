import type { AccountSnapshot } from '../../generated/sdk/types.gen.ts';

/** How to sign in through the browser. */
export interface LoginOptions {
  /** Opens the page in the user's browser. */
  openBrowser(url: string): void | Promise<void>;
  /** Shows the code that the page shows too, for the user to compare. */
  onUserCode?(code: string): void;
  /** Name of this device for the user to recognise; at most 128 characters. */
  deviceName?: string;
  /** Gives up waiting. The attempt ends by itself. */
  signal?: AbortSignal;
}

/** How a sign-in ended. Only faults of the network or the server reject. */
export type LoginOutcome =
  | { status: 'signed_in'; account: AccountSnapshot }
  /** The user, or an operator, said no. */
  | { status: 'denied'; reasonCode: string }
  /** Nobody decided in time. */
  | { status: 'expired' }
  /** The tokens were given out to someone else, or the answer with them was lost. */
  | { status: 'already_claimed' }
  /** The plugin is too old for this server. */
  | { status: 'upgrade_required'; minimumVersion: string | undefined };
