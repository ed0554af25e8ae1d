/** Where a request came from. */
export interface Place {
  address: string;
  /** Name of the country, where known. */
  country: string | null;
}

/** The plugin that asks to be signed in. Name, platform and version are whatever the asker sent. */
export interface AskingDevice {
  name: string | null;
  platform: string;
  version: string | null;
  place: Place;
  /** Origin of the web page that asked, such as a dock; null: a program did. */
  webPage: string | null;
  askedAt: Date;
  now: Date;
}

/** A sign-in of a plugin that waits for its user. */
export interface LoginView {
  attemptId: string;
  /** Such as BCDF-GHJK; empty: there is none. */
  userCode: string;
  device: AskingDevice;
  /** Where this browser is. */
  here: Place;
  /** The request came from another network than this browser's. */
  elsewhere: boolean;
  providerName: string;
  csrfToken: string;
  /** Minutes (rounded up) until it ends. */
  minutesLeft: number;
}

/** The account that is signed in to the browser. */
export interface SignedInAccount {
  name: string;
  email: string;
}

/** A device that is signed in to an account. */
export interface SignedInDevice {
  id: string;
  name: string | null;
  platform: string;
  version: string | null;
  signedInAt: Date;
  lastSeenAt: Date;
}

/** What the account page shows. */
export interface AccountView {
  account: SignedInAccount;
  plan: {
    name: string;
    status: 'trial' | 'active' | 'past_due' | 'canceled';
    maxRelays: number;
    liveRelays: number;
  };
  /** Null: without limit. */
  timeBank: {
    includedSeconds: number | null;
    consumedSeconds: number;
    remainingSeconds: number | null;
    overageSeconds: number;
    cycleEnd: Date;
  };
  devices: readonly SignedInDevice[];
  csrfToken: string;
  notice: 'device_signed_out' | null;
  now: Date;
}
