import { readAnsweredOperations } from '../support/answer-check.ts';
import type { SeenAnswer } from './candidates.ts';

/** The contract's first example of each answer, as it would come over the wire. */
export function exampleAnswers(): SeenAnswer[] {
  return readAnsweredOperations().flatMap((operation) =>
    Object.entries(operation.responses).map(([status, response]) => {
      const { headers = {}, content } = response as Exemplified;
      const media = content?.['application/json'];
      const body = media && (media.example ?? Object.values(media.examples ?? {})[0]?.value);
      const told = Object.entries(headers).map(([name, { example }]) => [name.toLowerCase(), String(example)]);
      const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
      const text = body === undefined ? '' : JSON.stringify(body);
      return { operation, answer: { status: Number(status), headers: { ...Object.fromEntries(told), ...type }, text } };
    }),
  );
}

interface Exemplified {
  headers?: Record<string, { example: unknown }>;
  content?: { 'application/json': { example?: unknown; examples?: Record<string, { value: unknown }> } };
}
