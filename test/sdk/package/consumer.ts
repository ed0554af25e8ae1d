/** A user's source file that uses every entry point; each line that expects an error must give one. */
export const CONSUMER = `
import { TelemyApiError, TelemyNetworkError, createMemoryTokenStore, createTelemyClient } from '@telemy/control-plane-sdk';
import type { AccountSnapshot, LoginOutcome, RelaySession, TelemyClient, TokenStore } from '@telemy/control-plane-sdk';
import * as relay from '@telemy/control-plane-sdk/relay';
import * as telemetry from '@telemy/control-plane-sdk/telemetry';
import * as scene from '@telemy/control-plane-sdk/scene';
import { createFileTokenStore, createKeyringTokenStore, openSystemBrowser } from '@telemy/control-plane-sdk/node';

const stores: TokenStore[] = [
  createMemoryTokenStore(),
  createFileTokenStore({ path: 'tokens.json' }),
  createKeyringTokenStore({ service: 'My plugin', account: 'https://api.example.com' }),
];
const client: TelemyClient = createTelemyClient({
  baseUrl: 'https://api.example.com',
  tokenStore: stores[0],
  clientVersion: '1.0.0',
});
// @ts-expect-error a client needs a store
createTelemyClient({ baseUrl: 'https://api.example.com', clientVersion: '1.0.0' });
// @ts-expect-error a file needs a path: if types were missing, anything would do
createFileTokenStore({ paht: 'tokens.json' });

export async function use(): Promise<RelaySession | undefined> {
  const outcome: LoginOutcome = await client.login({ openBrowser: (url) => openSystemBrowser(url) });
  if (outcome.status !== 'signed_in') return undefined;
  const account: AccountSnapshot = outcome.account;
  // @ts-expect-error bodies have the contract's names only
  account.noSuchThing;
  try {
    const { session, outcome: became } = await client.startRelay();
    // @ts-expect-error there is no such outcome
    if (became === 'destroyed') return undefined;
    return session;
  } catch (error) {
    if (error instanceof TelemyApiError) console.log(error.status satisfies number, error.retryAfter?.toFixed());
    if (error instanceof TelemyNetworkError) console.log(error.kind satisfies 'unreachable' | 'timeout' | 'bad_answer');
    throw error;
  }
}

export const namespaces: object[] = [relay, telemetry, scene];
`;
