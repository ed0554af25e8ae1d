/** What a page can have to say instead of doing what was asked. */
export type Message =
  | 'expired'
  | 'used'
  | 'unknown'
  | 'foreign'
  | 'no_cookies'
  | 'form_expired'
  | 'cancelled'
  | 'sign_in_failed'
  | 'provider_away'
  | 'no_verified_email'
  | 'not_configured'
  | 'too_many'
  | 'not_found'
  | 'no_such_document'
  | 'method_not_allowed'
  | 'bad_request'
  | 'https_required'
  | 'unavailable'
  | 'internal';

/** A message in words: what happened, and what to do next. `{provider}` stands for the identity provider. */
export interface Wording {
  heading: string;
  happened: string;
  next: string;
  /** The account page shows what is signed in: of use where someone else may have been at work. */
  seeAccount?: true;
  seeDocs?: true;
}

/** Each message in words. */
export const WORDINGS: Record<Message, Wording> = {
  https_required: {
    heading: 'This page needs a secure connection',
    happened: 'It was asked for by http, which others on the way can read. Nothing was done.',
    next: 'Put https:// before the address, then try again.',
  },
  expired: {
    heading: 'This sign-in has expired',
    happened: 'It was not finished in time, so nothing was signed in.',
    next: 'Go back to OBS and start signing in again.',
  },
  used: {
    heading: 'This sign-in is already finished',
    happened: 'It was approved or denied before, and counts only once.',
    next: 'Go back to OBS. If it is not signed in there, start again. If it wasn’t you, see what is signed in to your account.',
    seeAccount: true,
  },
  unknown: {
    heading: 'There is no such sign-in',
    happened: 'The link is incomplete, or it is so old that we have forgotten it.',
    next: 'Go back to OBS and start signing in again.',
  },
  foreign: {
    heading: 'This sign-in belongs to another browser',
    happened: 'It can be finished only in the browser that it was opened in first.',
    next: 'Go on in that browser, or start again in OBS. If someone sent you the link, close this page.',
  },
  no_cookies: {
    heading: 'Cookies are missing',
    happened: 'Your browser didn’t send the cookie that keeps this sign-in yours.',
    next: 'Allow cookies for this site, then try again. They are used for signing in and for nothing else.',
  },
  form_expired: {
    heading: 'This page is no longer valid',
    happened: 'It was open for too long, or something else was begun meanwhile. What you chose was not carried out.',
    next: 'Open it again and choose once more.',
  },
  cancelled: {
    heading: 'You stopped at {provider}',
    happened: 'You did not allow it there, so nothing was signed in.',
    next: 'Try again, or close this window if you have changed your mind.',
  },
  sign_in_failed: {
    heading: 'Signing in with {provider} didn’t work',
    happened: 'The answer that came back could not be used, so nothing was signed in.',
    next: 'Try again. If it fails once more, start again in OBS.',
  },
  provider_away: {
    heading: '{provider} doesn’t answer',
    happened: 'We could not reach it just now. Nothing was signed in.',
    next: 'Wait a moment, then try again.',
  },
  no_verified_email: {
    heading: 'Your e-mail address isn’t verified',
    happened: 'The account at {provider} has no e-mail address that was verified, and your Telemy account needs one.',
    next: 'Verify the address in the settings of {provider}, then try again.',
  },
  not_configured: {
    heading: 'Signing in isn’t set up here',
    happened: 'Whoever runs this server has not connected it to anything that you could sign in with.',
    next: 'Ask whoever runs it.',
  },
  too_many: {
    heading: 'Too many tries',
    happened: 'There were more requests from your network than we take in so short a time.',
    next: 'Try again a little later.',
  },
  not_found: {
    heading: 'There is no such page',
    happened: 'The address is wrong, or the page is gone.',
    next: 'To sign in, start in OBS. To see your plan and your devices, go to your account.',
    seeAccount: true,
  },
  no_such_document: {
    heading: 'There is no such page',
    happened: 'The documentation has no page at this address.',
    next: 'Begin at the reference: it leads to the guides too.',
    seeDocs: true,
  },
  method_not_allowed: {
    heading: 'This page can’t be opened like that',
    happened: 'It only takes what another page sends to it, so nothing was done.',
    next: 'Start again in OBS, or go to your account.',
    seeAccount: true,
  },
  bad_request: {
    heading: 'We didn’t understand that',
    happened: 'Your browser sent something incomplete or damaged, so nothing was done.',
    next: 'Go back and try once more. If it happens again, start again in OBS.',
  },
  unavailable: {
    heading: 'We can’t do that right now',
    happened: 'Telemy is overloaded or being worked on. Nothing was changed.',
    next: 'Wait a moment, then try again.',
  },
  internal: {
    heading: 'Something went wrong on our side',
    happened: 'It is our fault, not yours, and it was written down.',
    next: 'Try again in a moment. If it stays like this, tell us the request id below.',
  },
};
