/** What the keyring's store says where its package isn't installed. */
export default async function askKeyring({ node }) {
  const store = node.createKeyringTokenStore({ service: 'My plugin', account: 'someone' });
  return store.load().catch((error) => error.message);
}
