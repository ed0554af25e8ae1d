/** What ends the demo and is told without a stack. */
export class DemoError extends Error {
  override name = 'DemoError';
}

/** The body of a success; an error of the API ends the demo with its message. */
export function expect<T>(answer: { data?: T; error?: unknown; response?: Response }): NonNullable<T> {
  if (answer.data !== undefined && answer.data !== null && !answer.error) return answer.data;
  throw new DemoError(`The server answered ${answer.response?.status}: ${JSON.stringify(answer.error)}`);
}
