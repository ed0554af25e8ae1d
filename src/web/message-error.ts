import type { Message } from './pages/index.ts';

/** A page that says what is wrong, in place of the one that was asked for. */
export class MessageError extends Error {
  override name = 'MessageError';
  readonly kind: Message;
  /** Path at which to try again. */
  readonly again: string | undefined;

  constructor(kind: Message, again?: string, cause?: unknown) {
    super(kind, { cause });
    this.kind = kind;
    this.again = again;
  }
}
