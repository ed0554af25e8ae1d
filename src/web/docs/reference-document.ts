import type { ContractDocument } from '../../http/contract-document.ts';
import { curlSample } from './samples/curl.ts';
import { exampleCalls } from './samples/example-call.ts';
import { sdkSample } from './samples/sdk.ts';

/** A sample of a call, as documentation tools know it (`x-codeSamples`). */
export interface CodeSample {
  lang: 'Shell' | 'TypeScript';
  label: string;
  source: string;
}

/** The contract with samples at each operation. @param origin of the server that they talk to. */
export function referenceDocument(document: ContractDocument, origin: string): ContractDocument {
  const samples = new Map(
    exampleCalls(document).map((call) => [`${call.method} ${call.path}`, samplesOf(call, origin)]),
  );
  const paths = Object.entries(document.paths).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(item).map(([method, operation]) => [
        method,
        { ...(operation as object), 'x-codeSamples': samples.get(`${method.toUpperCase()} ${path}`) },
      ]),
    ),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

function samplesOf(call: Parameters<typeof curlSample>[0], origin: string): CodeSample[] {
  const sdk = sdkSample(call, origin);
  return [
    { lang: 'Shell', label: 'curl', source: curlSample(call, origin) },
    ...(sdk === null ? [] : [{ lang: 'TypeScript' as const, label: 'SDK', source: sdk }]),
  ];
}
