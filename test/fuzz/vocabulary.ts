/** Content types that mean JSON in UTF-8. */
export const JSON_TYPES = ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'];
/** Such as don't. */
export const OTHER_TYPES = [
  'text/plain',
  'application/xml',
  'application/json; charset=latin1',
  'multipart/form-data',
  '',
  '*',
];

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'];

/** Paths beside those of the contract, below its base. */
export const PATHS = [
  '',
  '/',
  '/relay',
  '/relay/active/x',
  '//relay/active',
  '/relay//active',
  '/RELAY/active',
  '/relay/%61ctive',
  '/relay/active;a=b',
  '/../v1/relay/active',
  '/relay/sessions/',
  '/relay/sessions/%',
  '/relay/sessions/%zz',
  '/relay/sessions/%E0%A4%A',
  '/relay/sessions/%00',
  '/relay/sessions/ses_a%2Fb',
  '/relay/sessions/ses_%41',
  '/relay/sessions/__proto__',
  `/relay/sessions/${'x'.repeat(5000)}`,
  '/user/stream-slots/1e0/label',
  '/user/stream-slots/-1/label',
  '/user/stream-slots/99999999999999999999/label',
  '/user/stream-slots/%31/label',
  '/user/stream-slots/1%00/label',
  '/__proto__',
  '/constructor',
];

/** Parts of a query that no operation asked for. */
export const QUERY_PARTS = [
  'wait_seconds',
  '__proto__[x]=1',
  'constructor=1',
  '=',
  '&',
  'wait_seconds[]=1',
  '%zz=%zz',
  'a=%00',
];

export const BAD_CREDENTIALS = [
  'Bearer',
  'Bearer x',
  'Basic eDp4',
  'Bearer a.b.c',
  'x',
  'null',
  '0'.repeat(64),
  '\u00ff\u00fe',
  'x'.repeat(4000),
];

/** Headers that any request may have, odd values included. */
export const EXTRA_HEADERS: [string, string][] = [
  ['X-Request-ID', '5F0C8A9E-2b7d-4e31-8f64-9d1c2a3b4e5f'],
  ['X-Request-ID', 'not a uuid'],
  ['Origin', 'https://example.com'],
  ['Accept', 'text/html;q=0.1, */*;q=0'],
  ['Accept-Encoding', 'gzip, br'],
  ['Content-Encoding', 'gzip'],
  ['If-None-Match', '*'],
  ['If-None-Match', 'W/"\u00e4", ,"'],
  ['X-Telemy-Client-Version', '99999999999.0.0'],
  ['X-Aegis-Client-Version', '\u00ff'],
  ['X-Forwarded-For', '1.2.3.4, not-an-address'],
  ['CF-Connecting-IP', '::'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Upgrade', 'websocket'],
  ['Range', 'bytes=0-1'],
  ['Expect', 'a-miracle'],
  ['Idempotency-Key', '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64'],
];
