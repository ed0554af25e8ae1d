import { inspect } from 'node:util';
import type { OperationId } from '../../../http/operation-types.ts';
import type { ExampleCall } from './example-call.ts';

/** How the SDK does what each operation does; null: only operators and the seller do it. */
const USES: Record<OperationId, ((call: ExampleCall) => string) | null> = {
  getAuthSession: () => `const account = await telemy.getSession();
console.log(account.entitlement);`,
  startPluginLogin: login,
  pollPluginLogin: login,
  completePluginLogin: null,
  refreshAuth: () => `// Calls renew the tokens by themselves, and the new ones are stored.
const account = await telemy.getSession();
console.log(account.user);`,
  logout: () => 'await telemy.logout();',
  startRelay: ({ body, headers }) => `const { session, outcome } = await telemy.startRelay(
  ${literal(body, 2)},
  // Without one the SDK makes a key, and keeps it for its own retries.
  { idempotencyKey: ${literal(headers['Idempotency-Key'])} },
);
console.log(outcome, session.status);`,
  getActiveRelay: ({ query }) => `const session = await telemy.getActiveRelay(${literal({
    connectionId: query.connection_id,
    waitSeconds: query.wait_seconds,
    sinceVersion: query.since_version,
  })});
console.log(session?.status ?? 'no relay');`,
  getRelaySession: ({ pathValues }) => `const session = await telemy.getRelaySession(${literal(pathValues.session_id)});
console.log(session.status, session.failure);`,
  stopRelay: ({ body }) => `const stopped = await telemy.stopRelay(${literal(body)});
console.log(stopped.status);`,
  migrateRelay: ({ body }) => `const session = await telemy.migrateRelay(${literal(body)});
console.log(session.migration);`,
  reportRelayHealth: ({ body }) => `const noted = await telemy.heartbeat(${literal(body)});
console.log(noted.lease_expires_at);`,
  getRelayManifest: () => `const { regions } = await telemy.getManifest();
console.log(regions);`,
  getCurrentUsage: () => `const usage = await telemy.getUsage();
console.log(usage.remaining_seconds);`,
  listUsageSessions: ({ query }) => `const page = await telemy.listUsageSessions(${literal(query)});
console.log(page.consumed_seconds, page.next_cursor);`,
  listStreamSlots: () => `const slots = await telemy.listStreamSlots();
console.log(slots);`,
  renameStreamSlot: ({ pathValues, body }) =>
    `const slot = await telemy.renameStreamSlot(${literal(pathValues.slot_number)}, ${literal((body as { label: string }).label)});
console.log(slot.label);`,
  regenerateStreamToken: ({ body }) =>
    `const slot = await telemy.regenerateStreamToken(${literal((body as { slot_number: number }).slot_number)});
console.log(slot.stream_token);`,
  createCheckout: ({ body }) => `const checkout = await telemy.createCheckout(${literal(body)});
console.log(checkout.checkout_url);`,
  receiveBillingWebhook: null,
  getCapacityStatus: () => `const capacity = await telemy.getCapacity();
console.log(capacity.status);`,
};

/** The call in TypeScript, complete as it is; null where the SDK has none. @param origin of the server. */
export function sdkSample(call: ExampleCall, origin: string): string | null {
  const use = USES[call.operationId as OperationId];
  if (!use) return null;
  const code = use(call);
  const fromNode = ['createFileTokenStore', ...(code.includes('openSystemBrowser') ? ['openSystemBrowser'] : [])];
  return `import { createTelemyClient } from '@telemy/control-plane-sdk';
import { ${fromNode.join(', ')} } from '@telemy/control-plane-sdk/node';

const telemy = createTelemyClient({
  baseUrl: ${literal(origin)},
  tokenStore: createFileTokenStore({ path: './telemy/tokens.json' }),
  clientVersion: '1.0.0',
});

${code}`;
}

function login(): string {
  return `const login = await telemy.login({
  openBrowser: openSystemBrowser,
  onUserCode: (code) => console.log(\`The page has to show \${code}\`),
});
console.log(login.status);`;
}

/** The value in the words of the language, without what is undefined. */
function literal(value: unknown, indent = 0): string {
  const known = value === undefined ? value : JSON.parse(JSON.stringify(value));
  return inspect(known, { depth: null, breakLength: 76, compact: 2 }).replaceAll('\n', `\n${' '.repeat(indent)}`);
}
