import { API_ROOT, type ContractDocument, readContractText } from '../../src/http/contract-document.ts';

/** Names the operation that a request asks for; a long poll of a relay is told apart, since it is meant to take long. */
export type NameOperation = (method: string, url: string) => string;

/** Reads the names from the contract. */
export function createOperationNames(): NameOperation {
  const { paths } = JSON.parse(readContractText()) as ContractDocument;
  const known = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { operationId?: string }>).map(([method, { operationId }]) => ({
      method: method.toUpperCase(),
      path: new RegExp(`^${API_ROOT}${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      operationId,
    })),
  );
  return (method, url) => {
    const { pathname, searchParams } = new URL(url);
    const operation = known.find((one) => one.method === method && one.path.test(pathname));
    const name = operation?.operationId ?? `${method} ${pathname}`;
    return searchParams.has('wait_seconds') ? `${name}, held` : name;
  };
}
