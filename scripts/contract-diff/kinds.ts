/** `error`: needs a new major version. `warning`: is told, and may be released. */
export type Severity = 'error' | 'warning';

interface KindFacts {
  severity: Severity;
  /** Whom it breaks, and why. */
  why: string;
  /** What to do in its place. */
  instead: string;
}

const error = (why: string, instead: string): KindFacts => ({ severity: 'error', why, instead });
const warning = (why: string, instead: string): KindFacts => ({ severity: 'warning', why, instead });

const KEEP_BESIDE = 'Keep it beside the new one, marked as deprecated, until its sunset.';
const NEW_OPERATION = 'Add a new operation for the new rule, and deprecate this one.';

/** The kinds of changes that are told. What is in none of them is harmless. */
export const KINDS = {
  'base-path-changed': error('Every shipped client asks at the old address and gets 404.', 'Serve both base paths.'),
  'operation-removed': error('Clients that call it get 404 or 405.', 'Deprecate it, and remove it after its sunset.'),
  'operation-sunset': warning(
    'Its announced last day has passed; clients that still call it get 404 or 405.',
    'Look at telemy_http_requests_total first: does anyone still call it?',
  ),
  'operation-moved': error('Clients call the old method and path, and get 404 or 405.', KEEP_BESIDE),
  'operation-renamed': error(
    "It is the name of the SDK's function, and idempotency keys and rate limits are kept under it: a start that is sent again across the update would not be known.",
    'Keep the name, and change the summary.',
  ),
  'sunset-earlier': error('Its users planned with the announced day.', 'Keep the day, or name a later one.'),
  'sunset-too-soon': error(
    'Plugins are updated by hand: whoever hears of the end with this release has too little time.',
    'Name a day at least 180 days after the release.',
  ),
  'parameter-removed': error('What clients say with it is no longer heard, without an error.', KEEP_BESIDE),
  'parameter-renamed': error("Users of the SDK pass it by its name; their code doesn't compile.", 'Keep the name.'),
  'parameter-required': error("Clients that don't send it get 400.", 'Leave it optional, with a default.'),
  'parameter-style-changed': error('Clients write its value in the old form.', 'Add a parameter for the new form.'),
  'request-body-removed': error('What clients send in it is no longer heard, without an error.', NEW_OPERATION),
  'request-body-required': error('Clients that send no body get 400.', 'Leave it optional.'),
  'request-content-removed': error('Clients that send it get 415.', 'Go on accepting it.'),
  'request-property-removed': error('What clients say with it is no longer heard, without an error.', KEEP_BESIDE),
  'request-property-required': error("Clients that don't send it get 400.", 'Leave it optional, with a default.'),
  'request-type-changed': error('Clients that send the old type get 400.', 'Add a property of the new type.'),
  'request-enum-narrowed': error('Clients that send such a value get 400.', 'Go on accepting it.'),
  'request-limit-tightened': error('What was within the old limit gets 400.', 'Keep the limit.'),
  'request-pattern-changed': error(
    'Texts that matched before may get 400; of two patterns nobody can tell which is the narrower one.',
    'Keep the pattern, or drop it and decide in the handler.',
  ),
  'request-format-changed': error('Texts in the old form get 400.', 'Go on accepting it.'),
  'request-null-refused': error('Clients that send null get 400.', 'Go on accepting it.'),
  'request-additional-refused': error('Clients that send more than is declared get 400.', 'Go on ignoring it.'),
  'request-condition-added': error('Combinations that were accepted get 400.', NEW_OPERATION),
  'request-default-changed': error(
    'Clients that leave it out get another behaviour without having changed anything.',
    'Keep the default.',
  ),
  'composition-changed': error(
    'Whether combined schemas (allOf, oneOf, anyOf, not) became wider or narrower is not looked into.',
    'Keep them, or write the schema as one plain object.',
  ),
  'success-status-added': error('Clients take only the declared statuses for a success.', 'Answer with a known one.'),
  'success-status-removed': error('Clients wait for it, and get something else.', 'Go on answering with it.'),
  'error-status-added': warning(
    'Clients treat a status that they do not know by its class (RFC 9110, section 15).',
    'Use a declared status with a new code, where one fits.',
  ),
  'error-status-removed': warning(
    'What clients do about it never happens again.',
    'Say in the changelog what comes in its place.',
  ),
  'response-content-added': error("Clients can't read it.", 'Answer with it only in a new operation.'),
  'response-content-removed': error('Clients read this content, and get none.', NEW_OPERATION),
  'response-header-removed': error('Clients that read it find nothing.', 'Go on sending it.'),
  'response-header-optional': error('Clients that rely on it find nothing now and then.', 'Go on sending it always.'),
  'response-property-removed': error('Clients that read it find nothing.', KEEP_BESIDE),
  'response-property-optional': error('Clients that rely on it find nothing now and then.', 'Go on sending it always.'),
  'response-type-changed': error('Clients read it as the old type.', 'Add a property of the new type.'),
  'response-enum-widened': error(
    'Clients ignore unknown fields, not unknown values: what they do about this one is chance.',
    'Add a property for the new state. Only enums that were released with x-open-enum may grow.',
  ),
  'response-enum-narrowed': warning(
    "It is never answered again; code that compares with it doesn't compile with the new SDK.",
    'Leave the value in the enum.',
  ),
  'error-code-removed': error('Clients act on this value, and would get another one.', 'Go on answering with it.'),
  'response-limit-loosened': error('Clients made room for no more than was promised.', 'Keep the limit.'),
  'response-pattern-changed': error('Clients may check or take apart the text by its pattern.', 'Keep the pattern.'),
  'response-format-changed': error('Clients parse the text in the old form.', 'Add a property in the new form.'),
  'response-null-added': error(
    "Clients that don't expect null fail on it.",
    'Leave the property out, or say it apart.',
  ),
  'security-tightened': error('Clients with the credentials of today get 401.', 'Accept the old ones beside the new.'),
  'security-scheme-changed': error('Clients send their credentials in the old way and get 401.', 'Accept both ways.'),
  'rate-limit-tightened': error('Clients that kept the old limit get 429.', 'Keep the limit, or raise it.'),
  'idempotency-weakened': error('A request that is sent again may be carried out again.', 'Keep the promise.'),
  'cors-removed': error('Pages of other origins, docks above all, are refused by the browser.', 'Keep it open.'),
  'raw-body-removed': error('Bodies that only had to be signed are now validated.', NEW_OPERATION),
  'sdk-type-removed': warning(
    "Nothing changes on the wire, but code that imports this type from the SDK doesn't compile with its next version; the SDK has a version of its own for that.",
    "Keep the name, or raise the SDK's version and say so in the changelog.",
  ),
} satisfies Record<string, KindFacts>;

export type ChangeKind = keyof typeof KINDS;
