import type { RequestListener } from 'node:http';
import Provider from 'oidc-provider';
import type { IdentityClient } from './client-adapter.ts';
import { configure } from './configuration.ts';
import { createInteraction } from './interaction.ts';
import type { IdentityUser } from './user.ts';

/** The provider itself, with keys of its own. */
export async function createProviderApp(
  issuer: string,
  client: IdentityClient,
  users: () => readonly IdentityUser[],
): Promise<RequestListener> {
  const configuration = await configure(client, (subject) => users().find((user) => user.subject === subject));
  const provider = new Provider(issuer, configuration);
  provider.use(createInteraction(provider, users));
  return provider.callback();
}
