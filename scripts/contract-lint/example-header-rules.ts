import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { children, isNode, join, type Node, nodeOf, resolveNode, responsesOf } from './document.ts';
import type { Fault } from './index.ts';

/** The extension of a response that tells which headers go with its named examples, for the mock. */
export const EXAMPLE_HEADERS = 'x-example-headers';

/**
 * `x-example-headers` names examples of its own response, and gives them headers that the response declares, as their
 * schemas want them; null leaves one out that may be absent.
 */
export function exampleHeaders(document: Node): Fault[] {
  return responsesOf(document).flatMap(({ pointer, node }) => {
    const named = children(pointer, node, 'content').flatMap(({ node: media }) => Object.keys(nodeOf(media.examples)));
    return Object.entries(nodeOf(node[EXAMPLE_HEADERS])).flatMap(([name, headers]) => {
      const at = join(pointer, EXAMPLE_HEADERS, name);
      if (!named.includes(name))
        return [{ pointer: at, message: `must be one of ${named.join(', ') || 'no example'}` }];
      if (!isNode(headers)) return [{ pointer: at, message: 'must be an object' }];
      return Object.entries(headers).flatMap(([header, value]) => {
        const message = faultOf(document, nodeOf(node.headers)[header], value);
        return message === undefined ? [] : [{ pointer: join(at, header), message }];
      });
    });
  });
}

/** What is wrong with the value of a header, declared so; undefined: nothing. */
function faultOf(document: Node, declaration: unknown, value: unknown): string | undefined {
  if (declaration === undefined) return 'is not declared by the response';
  const { required, schema } = resolveNode(document, declaration);
  if (value === null) return required === true ? 'is required' : undefined;
  const ajv = addFormats.default(new Ajv({ strict: false, logger: false }));
  return ajv.validate(resolveNode(document, schema), value) ? undefined : `breaks the schema: ${ajv.errorsText()}`;
}
