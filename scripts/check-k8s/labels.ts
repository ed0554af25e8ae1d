import type { Placed } from './manifest.ts';

/** Pods as selectors see them. */
export interface PodKind {
  labels: Record<string, string>;
  /** By name. */
  ports: readonly string[];
}

/** What Kubernetes calls a label selector. */
export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** The pods that these manifests bring about, those that the operator of PostgreSQL makes among them. */
export function podKinds(all: readonly Placed[]): PodKind[] {
  return all.flatMap(({ manifest: { kind, metadata, spec } }): PodKind[] => {
    if (kind === 'Cluster') return [{ labels: { 'cnpg.io/cluster': metadata.name }, ports: [] }];
    if (kind === 'Pooler') return [{ labels: { 'cnpg.io/poolerName': metadata.name }, ports: [] }];
    if (spec?.template?.spec?.containers === undefined) return [];
    const containers = spec.template.spec.containers as { ports?: { name: string }[] }[];
    const ports = containers.flatMap((one) => (one.ports ?? []).map(({ name }) => name));
    return [{ labels: spec.template.metadata?.labels ?? {}, ports }];
  });
}

/** The pods that a selector selects; an empty one selects all. */
export function selected({ matchLabels = {}, matchExpressions = [] }: Selector, pods: readonly PodKind[]): PodKind[] {
  return pods.filter(
    ({ labels }) =>
      Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
      matchExpressions.every(({ key, values = [] }) => values.includes(labels[key] ?? '')),
  );
}

/** Values of a selector's `In` that no pod has. */
export function valuesOfNobody({ matchExpressions = [] }: Selector, pods: readonly PodKind[]): string[] {
  return matchExpressions.flatMap(({ key, values = [] }) =>
    values.filter((value) => !pods.some(({ labels }) => labels[key] === value)),
  );
}
