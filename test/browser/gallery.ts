import {
  type AccountView,
  type ApproveView,
  type AskingDevice,
  accountPage,
  accountSignInPage,
  approvePage,
  closingPage,
  codePage,
  handOffPage,
  type LoginView,
  type Message,
  messagePage,
  type SignedInDevice,
  signInPage,
} from '../../src/web/pages/index.ts';

/** Every page in every notable state, by name. */
export type Gallery = Record<string, string>;

const NOW = new Date('2026-03-14T15:09:26Z');
const NASTY = {
  markup: '<script>document.title = "taken"</script><img src=x onerror=alert(1)>',
  long: 'W'.repeat(128),
  turned: '\u202Egnihtemos\u2069\u2069 ]evorppA[ \u2067',
  pretending: 'Studio” show this code? Yes: BCDF-GHJK. Approve it now. “',
  stacked: `Z${'\u0310\u0321'.repeat(60)}`,
};
const HERE = { address: '203.0.113.7', country: 'Germany' };
const FAR = { address: '2001:db8:85a3:1234:5678:8a2e:370:7334', country: 'United States of America' };
const REQUEST_ID = '019aa1c2-d3e4-7500-81a2-b3c4d5e6f708';
const MESSAGES: Message[] = [
  'expired',
  'used',
  'unknown',
  'foreign',
  'no_cookies',
  'form_expired',
  'cancelled',
  'sign_in_failed',
  'provider_away',
  'no_verified_email',
  'not_configured',
  'too_many',
  'not_found',
  'no_such_document',
  'method_not_allowed',
  'bad_request',
  'https_required',
  'unavailable',
  'internal',
];

/** @param providerUrl where the hand-off leads. */
export function makeGallery(providerUrl: string): Gallery {
  return {
    'sign-in': signInPage(login()),
    'sign-in-elsewhere': signInPage(login({ elsewhere: true, device: device({ place: FAR }) })),
    'sign-in-old-plugin': signInPage(login({ device: device({ name: null, version: null }), minutesLeft: 1 })),
    'sign-in-without-code': signInPage(login({ userCode: '' })),
    approve: approvePage(approval()),
    'approve-web-page': approvePage(approval({ device: device({ webPage: 'https://dock.example.com' }) })),
    'approve-elsewhere': approvePage(approval({ elsewhere: true, device: device({ place: FAR }) })),
    'approve-tick-missing': approvePage(
      approval({ elsewhere: true, tickMissing: true, device: device({ place: FAR }) }),
    ),
    'hand-off': handOffPage({ url: providerUrl, providerName: 'Twitch' }),
    'closing-approved': closingPage({ outcome: 'approved', deviceName: 'STREAM-PC' }),
    'closing-approved-no-name': closingPage({ outcome: 'approved', deviceName: null }),
    'closing-approved-long-name': closingPage({ outcome: 'approved', deviceName: NASTY.long }),
    'closing-denied': closingPage({ outcome: 'denied', deviceName: 'STREAM-PC' }),
    code: codePage({ csrfToken: 'token', code: '', fault: null }),
    'code-malformed': codePage({ csrfToken: 'token', code: '"><b>12', fault: 'malformed' }),
    'code-unknown': codePage({ csrfToken: 'token', code: 'BCDF-GHJK', fault: 'unknown' }),
    'account-sign-in': accountSignInPage({ providerName: 'Twitch', csrfToken: 'token', signedOut: false }),
    'account-signed-out': accountSignInPage({ providerName: 'Twitch', csrfToken: 'token', signedOut: true }),
    account: accountPage(account()),
    'account-device-signed-out': accountPage(account({ notice: 'device_signed_out', devices: [] })),
    'account-unlimited': accountPage(
      account({ timeBank: { ...account().timeBank, includedSeconds: null, remainingSeconds: null } }),
    ),
    'account-overdrawn': accountPage(
      account({
        plan: { name: 'starter', status: 'past_due', maxRelays: 1, liveRelays: 1 },
        timeBank: bank({ includedSeconds: 14_400, consumedSeconds: 17_950, remainingSeconds: 0, overageSeconds: 3550 }),
      }),
    ),
    'account-free': accountPage(
      account({
        plan: { name: 'free', status: 'canceled', maxRelays: 0, liveRelays: 0 },
        timeBank: bank({ includedSeconds: 0, consumedSeconds: 0, remainingSeconds: 0, overageSeconds: 0 }),
      }),
    ),
    ...messages(),
    ...nasty(),
  };
}

function messages(): Gallery {
  const plain = MESSAGES.map((message) => [
    `message-${message}`,
    messagePage({ message, requestId: REQUEST_ID, providerName: 'Twitch', again: '/login/plugin?attempt=pla_1' }),
  ]);
  return {
    ...Object.fromEntries(plain),
    'message-bare': messagePage({ message: 'sign_in_failed', requestId: REQUEST_ID }),
    'message-wait': messagePage({ message: 'too_many', requestId: REQUEST_ID, again: '/account', retryAfter: 90 }),
  };
}

/** Strangers' texts at their worst, in all places. */
function nasty(): Gallery {
  const pages = Object.entries(NASTY).flatMap(([kind, name]) => {
    const asking = device({ name, platform: name.slice(0, 32), version: name.slice(0, 32), place: FAR, webPage: name });
    const theAccount = { name, email: `${name.replaceAll(' ', '').slice(0, 64)}@example.com` };
    const signedIn = { ...devices()[0], name, platform: name.slice(0, 32) } as SignedInDevice;
    return [
      [`nasty-${kind}-approve`, approvePage(approval({ device: asking, elsewhere: true, account: theAccount }))],
      [`nasty-${kind}-account`, accountPage(account({ account: theAccount, devices: [signedIn] }))],
    ];
  });
  return Object.fromEntries(pages);
}

function device(change: Partial<AskingDevice> = {}): AskingDevice {
  const askedAt = new Date(NOW.getTime() - 3 * 60_000);
  const asker = { name: 'STREAM-PC', platform: 'windows', version: '0.0.6', place: HERE, webPage: null };
  return { ...asker, askedAt, now: NOW, ...change };
}

function login(change: Partial<LoginView> = {}): LoginView {
  return {
    attemptId: 'pla_019aa1c2d3e4750081a2b3c4d5e6f708',
    userCode: 'BCDF-GHJK',
    device: device(),
    here: HERE,
    elsewhere: false,
    providerName: 'Twitch',
    csrfToken: 'token',
    minutesLeft: 7,
    ...change,
  };
}

function approval(change: Partial<ApproveView> = {}): ApproveView {
  const account = { name: 'Mira Vance', email: 'mira@example.com' };
  return { ...login(), account, tickMissing: false, ...change };
}

function account(change: Partial<AccountView> = {}): AccountView {
  return {
    account: { name: 'Mira Vance', email: 'mira@example.com' },
    plan: { name: 'pro', status: 'active', maxRelays: 3, liveRelays: 1 },
    timeBank: bank(),
    devices: devices(),
    csrfToken: 'token',
    notice: null,
    now: NOW,
    ...change,
  };
}

function bank(change: Partial<AccountView['timeBank']> = {}): AccountView['timeBank'] {
  return {
    includedSeconds: 180_000,
    consumedSeconds: 47_100,
    remainingSeconds: 132_900,
    overageSeconds: 0,
    cycleEnd: new Date('2026-03-27T00:00:00Z'),
    ...change,
  };
}

function devices(): SignedInDevice[] {
  const signedInAt = new Date('2026-01-02T10:00:00Z');
  return [
    { id: 'aut_1', name: 'STREAM-PC', platform: 'windows', version: '0.0.6', signedInAt, lastSeenAt: NOW },
    {
      id: 'aut_2',
      name: 'Backpack',
      platform: 'linux',
      version: null,
      signedInAt,
      lastSeenAt: new Date('2026-03-13T20:00:00Z'),
    },
    { id: 'aut_3', name: null, platform: 'macos', version: '0.0.5', signedInAt, lastSeenAt: signedInAt },
  ];
}
