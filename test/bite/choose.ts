import { createSeededRandom } from '../support/seeded-random.ts';
import { BREAK_CLASSES, type Break, type BreakClass } from './breaks.ts';
import { candidates, type SeenAnswer } from './candidates.ts';

const FIRST_ERROR = 400;

/**
 * Chooses breaks of every class, on as many operations each, among the answers that were seen. The same answers and the
 * same seed give the same breaks.
 *
 * @throws Error when a class makes sense on fewer operations than are wanted.
 */
export function chooseBreaks(seen: SeenAnswer[], { seed, perClass }: { seed: number; perClass: number }): Break[] {
  const random = createSeededRandom(seed);
  const pick = <T>(items: T[]): T => items[Math.floor(random() * items.length)] as T;
  return BREAK_CLASSES.flatMap((breakClass) => {
    const left = byOperation(breakClass, seen);
    if (left.size < perClass) throw new Error(`"${breakClass}" makes sense on ${left.size} operations only.`);
    return Array.from({ length: perClass }, () => {
      const operationId = pick([...left.keys()]);
      // Successes as often as errors, of which there are more; then the status, so that large bodies don't win.
      const [successes, errors] = left.get(operationId) as [Break[][], Break[][]];
      left.delete(operationId);
      return pick(pick(pick([successes, errors].filter((statuses) => statuses.length > 0))));
    });
  });
}

/** By operation the breaks of that class of each success, and of each error. In the order of ids and statuses. */
function byOperation(breakClass: BreakClass, seen: SeenAnswer[]): Map<string, [Break[][], Break[][]]> {
  const sorted = [...seen].sort(
    (a, b) => compare(a.operation.operationId, b.operation.operationId) || a.answer.status - b.answer.status,
  );
  const found = new Map<string, [Break[][], Break[][]]>();
  for (const one of sorted) {
    const breaks = candidates(breakClass, one);
    const { operationId } = one.operation;
    const both: [Break[][], Break[][]] = found.get(operationId) ?? [[], []];
    if (breaks.length === 0) continue;
    both[one.answer.status < FIRST_ERROR ? 0 : 1].push(breaks);
    found.set(operationId, both);
  }
  return found;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
