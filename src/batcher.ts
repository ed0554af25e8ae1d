/** Adds one item; resolves when the batch that it went with is written, rejects with the error of that batch. */
export type Batcher<T> = (item: T) => Promise<void>;

interface Waiting<T> {
  item: T;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes items together that arrive while others are being written. The first one never waits.
 *
 * @param write stores all of them or none.
 * @param most items of one batch.
 */
export function createBatcher<T>(write: (items: T[]) => Promise<void>, most: number): Batcher<T> {
  const waiting: Waiting<T>[] = [];
  let writing = false;

  const writeAll = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most);
      await write(batch.map(({ item }) => item)).then(
        () => batch.forEach(({ resolve }) => void resolve()),
        (error: unknown) => batch.forEach(({ reject }) => void reject(error)),
      );
    }
    writing = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!writing) void writeAll();
    });
}
