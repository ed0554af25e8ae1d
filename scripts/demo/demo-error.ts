/** What ends the demo and is told without a stack. */
export class DemoError extends Error {
  override name = 'DemoError';
}
