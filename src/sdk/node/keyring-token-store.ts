import type { TokenStore } from '../token-store.ts';
import { readTokens, writeTokens } from './stored-tokens.ts';

/** The part of `@napi-rs/keyring` that is used. */
export interface KeyringModule {
  AsyncEntry: new (
    service: string,
    account: string,
  ) => {
    /** Nothing where there is no such entry. */
    getPassword(): Promise<string | null | undefined>;
    setPassword(password: string): Promise<unknown>;
    /** Whether there was such an entry. */
    deletePassword(): Promise<unknown>;
  };
}

/** Under which name tokens are kept in the system's keyring. */
export interface KeyringTokenStoreOptions {
  /** Name of your plugin, as the system shows it beside the entry. */
  service: string;
  /** Tells entries of one plugin apart, such as the control plane's origin. */
  account: string;
  /** Gets the module; default: imports `@napi-rs/keyring` when it is first used. */
  loadKeyring?(): Promise<KeyringModule>;
}

/**
 * Keeps tokens in the keyring of the system: Credential Manager on Windows (encrypted by DPAPI for the user), Keychain on
 * macOS, Secret Service on Linux, or, where there is none, the kernel's keyring, which is empty after a restart. It needs
 * the package `@napi-rs/keyring`, which you install beside the SDK.
 *
 * Both methods reject with an Error that says what to install if that package is missing, and with the keyring's error if
 * it says no, as a locked one does. `load` rejects as well if the entry is foreign.
 */
export function createKeyringTokenStore(options: KeyringTokenStoreOptions): TokenStore {
  const { service, account, loadKeyring = () => import('@napi-rs/keyring') } = options;
  const place = `The entry "${account}" of "${service}" in the keyring`;
  async function openEntry() {
    const { AsyncEntry } = await loadKeyring().catch(explainMissing);
    return new AsyncEntry(service, account);
  }
  return {
    async load() {
      const text = await (await openEntry()).getPassword();
      return text === null || text === undefined ? null : readTokens(text, place);
    },
    async save(tokens) {
      const entry = await openEntry();
      if (tokens) await entry.setPassword(writeTokens(tokens));
      else await entry.deletePassword();
    },
  };
}

/** By `import`, and by `require`, which some bundlers make of it. */
const MISSING = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

function explainMissing(cause: unknown): never {
  if (!MISSING.includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
  throw new Error('The keyring needs the package @napi-rs/keyring: run `npm install @napi-rs/keyring`.', { cause });
}
