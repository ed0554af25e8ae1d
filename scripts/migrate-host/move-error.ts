/** Something that stands in the way of a move and that an operator can change; the message says how. */
export class MoveError extends Error {
  override name = 'MoveError';
}
