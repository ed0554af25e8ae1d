#!/usr/bin/env node
// A plugin without OBS: signs in, keeps a relay ready and tells how it goes, until Ctrl-C.
// node cli-plugin.mjs [control plane] [file for the tokens]
import { createTelemyClient } from '@telemy/control-plane-sdk';
import { createFileTokenStore, openSystemBrowser } from '@telemy/control-plane-sdk/node';
import { createRelayManager } from '@telemy/control-plane-sdk/relay';

const [baseUrl = 'http://localhost:8080', path = './telemy/tokens.json'] = process.argv.slice(2);
const telemy = createTelemyClient({ baseUrl, tokenStore: createFileTokenStore({ path }), clientVersion: '1.0.0' });

if (!(await telemy.isSignedIn())) {
  const login = await telemy.login({
    onUserCode: (code) => console.log(`The page has to show the code ${code}`),
    async openBrowser(url) {
      console.log(`Sign in at ${url}`);
      await openSystemBrowser(url).catch(() => console.log('(no browser could be opened here)'));
    },
  });
  if (login.status !== 'signed_in') throw new Error(`Nobody is signed in: ${login.status}`);
}

const relays = createRelayManager({ client: telemy });
relays.subscribe((event) => {
  if (event.type === 'provision_step') console.log(`… ${event.step}`);
  if (event.type === 'relay_active') console.log(`Ready: phones send to ${event.session.sender_url}`);
  if (event.type === 'denied') console.log(`Denied: ${event.reasonCode}`);
});
await relays.add({ label: 'Backpack' });

process.once('SIGINT', async () => {
  await relays.stopAll();
  relays.close();
});
