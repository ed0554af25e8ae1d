import { type Document, OpenAPIRouter } from 'openapi-backend';
import { children, type Node, nodeOf, resolveNode } from '../contract-lint/document.ts';
import { EXAMPLE_HEADERS } from '../contract-lint/example-header-rules.ts';

/** One answer that an operation declares. */
export interface MockAnswer {
  status: number;
  /** Names of its examples, the usual one first; empty where there is only one. */
  examples: string[];
  /** Headers that go with an example, by its name; null: this one must not be there. */
  headers: Record<string, Record<string, string | number | null>>;
}

/** What a call may be answered with, by its method and its path; undefined where the contract has no such operation. */
export type FindAnswers = (method: string, path: string) => MockAnswer[] | undefined;

/** Reads from the contract what there is to choose from. */
export function readAnswers(contract: Node): FindAnswers {
  const [server] = Array.isArray(contract.servers) ? contract.servers : [];
  const router = new OpenAPIRouter({
    definition: contract as unknown as Document,
    apiRoot: String(nodeOf(server).url ?? '/'),
  });
  return (method, path) => {
    const operation = router.matchOperation({ method, path, headers: {} });
    return operation && answersOf(contract, operation as unknown as Node);
  };
}

function answersOf(contract: Node, operation: Node): MockAnswer[] {
  return children('', operation, 'responses').map(({ name, node }) => {
    const response = resolveNode(contract, node);
    return {
      status: Number(name),
      examples: children('', response, 'content').flatMap(({ node: media }) => Object.keys(nodeOf(media.examples))),
      headers: nodeOf(response[EXAMPLE_HEADERS]) as MockAnswer['headers'],
    };
  });
}
