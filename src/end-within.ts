/**
 * Waits for the end of what holds nothing any more that anyone would miss, though no longer than `limitMs`: then `onLate` is
 * called, and it goes on by itself, unheard, until the process ends.
 *
 * @throws whatever `ending` throws within the limit.
 */
export async function endWithin(ending: Promise<void>, limitMs: number, onLate: () => void): Promise<void> {
  const limit = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => limit.resolve('late'), limitMs);
  try {
    if ((await Promise.race([ending, limit.promise])) === 'late') onLate();
  } finally {
    clearTimeout(timer);
  }
}
