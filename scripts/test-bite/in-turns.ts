/**
 * Works on all items, so many at a time, and returns the results in the items' order. After a failure nothing more begins.
 *
 * @param work told which one it is in the order of beginnings, from 1.
 */
export async function inTurns<T, R>(
  items: T[],
  atATime: number,
  work: (item: T, turn: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let hasFailed = false;
  const worker = async () => {
    while (next < items.length && !hasFailed) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as T, next).catch((error) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}
