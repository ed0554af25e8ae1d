/** A figure for a monitoring system, in the manner of Prometheus. */
export interface SceneCounter {
  name:
    | 'state_transition_total'
    | 'scene_intent_total'
    | 'grace_entries_total'
    | 'grace_recoveries_total'
    | 'degraded_duration_seconds';
  labels: Record<string, string>;
  value: number;
}

/** Counts since the engine was made. */
export interface SceneCounters {
  add(name: SceneCounter['name'], labels?: Record<string, string>, amount?: number): void;
  /** In the order of their first appearance; the ones without labels are always there. */
  list(): SceneCounter[];
}

/** All at zero. */
export function createSceneCounters(): SceneCounters {
  const counters = new Map<string, SceneCounter>();
  const add: SceneCounters['add'] = (name, labels = {}, amount = 1) => {
    const key = [name, ...Object.values(labels)].join();
    const known = counters.get(key);
    if (known) known.value += amount;
    else counters.set(key, { name, labels, value: amount });
  };
  for (const name of ['grace_entries_total', 'grace_recoveries_total', 'degraded_duration_seconds'] as const) {
    add(name, {}, 0);
  }
  return { add, list: () => [...counters.values()].map((counter) => ({ ...counter, labels: { ...counter.labels } })) };
}
