/**
 * Makes sure that an application of the tests turns answers that break the contract into a 500, which no test overlooks.
 *
 * @param adminUrl of an application with a public server.
 * @throws Error when it only counts them.
 */
export async function assertAnswersChecked(adminUrl: string): Promise<void> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  if (/^telemy_contract_enforced 1$/m.test(metrics)) return;
  throw new Error('This application only counts answers that break the contract: start it with NODE_ENV=test.');
}
