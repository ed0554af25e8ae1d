import { children, type Node, nodeOf, resolveNode } from '../contract-lint/document.ts';

/**
 * The contract as Prism has to see it: with the base path in each path, because it drops the one of `servers`, and with
 * the first named example of each answer as the one example too, because it prefers that of the schema to the named ones.
 */
export function toPrismDocument(contract: Node): Node {
  const [server] = Array.isArray(contract.servers) ? contract.servers : [];
  const base = String(nodeOf(server).url ?? '');
  const document = structuredClone(contract);
  for (const { node: item } of children('#', document, 'paths')) {
    for (const operation of Object.values(item).map(nodeOf)) {
      for (const { node: response } of children('', operation, 'responses')) setFirstExamples(document, response);
    }
  }
  const paths = Object.entries(nodeOf(document.paths)).map(([path, item]) => [`${base}${path}`, item]);
  return { ...document, servers: [{ url: '/' }], paths: Object.fromEntries(paths) };
}

function setFirstExamples(document: Node, response: Node): void {
  for (const { node: media } of children('', resolveNode(document, response), 'content')) {
    const [first] = Object.values(nodeOf(media.examples));
    if (first !== undefined) media.example = resolveNode(document, first).value;
  }
}
