export { openAsnLookup } from './asn-labels.ts';
export { createFileTokenStore, type FileTokenStoreOptions } from './file-token-store.ts';
export { createKeyringTokenStore, type KeyringModule, type KeyringTokenStoreOptions } from './keyring-token-store.ts';
export { type BrowserCommand, type OpenBrowserOptions, openSystemBrowser } from './open-browser.ts';
