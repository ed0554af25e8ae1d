import type { FuzzFailure } from './tally.ts';

/** The application's own complaints, and secrets in its log. */
export function findViolation(logLines: string[]): FuzzFailure | undefined {
  const bad = /contract_violation|unhandled_request_error|eyJhbGciOi/;
  const complaint = /"level":(?:50|60)/;
  // Most of the webhooks that are sent here cannot be worked on, which is for operators to hear.
  const expected = /"msg":"(?:billing_event_dead|billing_unknown_variant)"\}\s*$/;
  const line = logLines.find((text) => bad.test(text) || (complaint.test(text) && !expected.test(text)));
  if (line === undefined) return undefined;
  return { fault: 'something in the log that must not be there', answer: line, replay: [], again: undefined };
}

/** What the application logged about a request that it failed at, as lines for people; nothing where it did not fail. */
export function complaintsAbout(logLines: string[], requestId: unknown): string[] {
  if (typeof requestId !== 'string') return [];
  return logLines
    .filter((line) => /"level":(?:50|60)/.test(line) && line.includes(requestId))
    .map((line) => `# log: ${line.trim()}`);
}
