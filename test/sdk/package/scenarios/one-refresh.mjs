/** Reads the usage so many times at once, with tokens that the page's storage has. */
export default async function readUsage(sdk, { baseUrl, calls }) {
  const { createLocalStorageTokenStore, createTelemyClient } = sdk.index;
  const telemy = createTelemyClient({ baseUrl, tokenStore: createLocalStorageTokenStore(), clientVersion: '1.0.0' });
  const answers = await Promise.all(Array.from({ length: calls }, () => telemy.getUsage()));
  return answers.length;
}
