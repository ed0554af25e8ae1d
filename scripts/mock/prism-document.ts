interface Example {
  $ref?: string;
  value?: unknown;
}
type Content = Record<string, { example?: unknown; examples?: Record<string, Example> }>;

/** The parts of the contract that Prism has to see otherwise. */
export interface Contract {
  servers: { url: string }[];
  paths: Record<string, Record<string, { responses?: Record<string, { content?: Content }> }>>;
  components: { examples: Record<string, Example> };
}

/**
 * The contract as Prism has to see it: with the base path in each path, because it drops the one of `servers`, and with
 * the first named example of each answer as the one example, because it prefers that of the schema to the named ones.
 */
export function toPrismDocument(contract: Contract): object {
  const base = contract.servers[0]?.url ?? '';
  const paths = Object.entries(contract.paths).map(([path, item]) => {
    const operations = Object.entries(item).map(([method, operation]) => {
      const responses = Object.entries(operation.responses ?? {}).map(([status, response]) => [
        status,
        { ...response, ...(response.content && { content: withOneExample(contract, response.content) }) },
      ]);
      return [method, { ...operation, responses: Object.fromEntries(responses) }];
    });
    return [`${base}${path}`, Object.fromEntries(operations)];
  });
  return { ...contract, servers: [{ url: '/' }], paths: Object.fromEntries(paths) };
}

function withOneExample(contract: Contract, content: Content): Content {
  const entries = Object.entries(content).map(([type, media]) => {
    const [first] = Object.values(media.examples ?? {});
    const shared = contract.components.examples[first?.$ref?.split('/').at(-1) ?? ''];
    return [type, first ? { ...media, example: first.value ?? shared?.value } : media];
  });
  return Object.fromEntries(entries);
}
