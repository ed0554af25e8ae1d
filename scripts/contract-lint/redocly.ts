import { BaseResolver, createConfig, lintFromString } from '@redocly/openapi-core';

/** Where the contract's text is said to come from; nothing is read from there. */
const NAME = 'openapi.yaml';

/**
 * What Redocly's recommended rules find wrong with a contract, warnings too: one line for each. No rule of theirs is
 * switched off. Reads neither files nor addresses: no configuration but this one, and references to elsewhere are faults.
 */
export async function lintByRedocly(text: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const externalRefResolver = Object.assign(new BaseResolver(), { loadExternalRef: refuseToLoad });
  const problems = await lintFromString({ source: text, absoluteRef: NAME, config, externalRefResolver });
  return problems.map(({ location, message, ruleId }) => {
    const place = location[0]?.pointer ?? '#/';
    return `${place}: ${message.replace(/\s+/g, ' ').trim()} (redocly ${ruleId})`;
  });
}

async function refuseToLoad(reference: string): Promise<never> {
  throw new Error(`${reference} is outside of the contract.`);
}
