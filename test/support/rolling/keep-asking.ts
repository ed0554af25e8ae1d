import { setTimeout as rest } from 'node:timers/promises';

/** Questions that are asked over and over. */
export interface Asking {
  /** Ends it; each question's statuses, in their order, -1 where there was no answer. */
  end(): Promise<Map<string, number[]>>;
}

/** Between an answer and the next time, in milliseconds: enough to leave a small machine its work. */
const REST_MS = 20;

/** Asks each question, by its name, until the end, one at a time. */
export function keepAsking(questions: Record<string, () => Promise<number>>): Asking {
  let isOver = false;
  const statuses = new Map(Object.keys(questions).map((name) => [name, [] as number[]]));
  const lanes = Object.entries(questions).map(async ([name, ask]) => {
    while (!isOver) {
      // No answer is one too, and the last thing that the asker wants to miss.
      statuses.get(name)?.push(await ask().catch(() => -1));
      await rest(REST_MS);
    }
  });
  return {
    async end() {
      isOver = true;
      await Promise.all(lanes);
      return statuses;
    },
  };
}
