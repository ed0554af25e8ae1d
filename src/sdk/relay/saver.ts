import type { ConnectionStore, SavedConnection } from './store.ts';

/** Saves the newest list, one save at a time. */
export interface Saver {
  save(): void;
  /** Resolves once what there was to save is saved, or could not be. Never rejects. */
  saved(): Promise<void>;
}

/** @param onResult is told why a save failed; null: it did not. */
export function createSaver(
  store: ConnectionStore,
  list: () => SavedConnection[],
  onResult: (error: string | null) => void,
): Saver {
  let last = Promise.resolve();
  let isDue = false;

  async function run(): Promise<void> {
    isDue = false;
    try {
      await store.save(list());
      onResult(null);
    } catch (error) {
      onResult(error instanceof Error ? error.message : String(error));
    }
  }

  return {
    save() {
      if (isDue) return;
      isDue = true;
      last = last.then(run);
    },
    saved: () => last,
  };
}
