import { type PodKind, podKinds, type Selector, selected, valuesOfNobody } from './labels.ts';
import { nameOf, type Placed } from './manifest.ts';

interface Port {
  port: number | string;
  targetPort?: number | string;
  name?: string;
}
interface PolicyRule {
  from?: { podSelector?: Selector; namespaceSelector?: object }[];
  to?: { podSelector?: Selector; namespaceSelector?: object }[];
  ports?: Port[];
}

/** Where manifests name pods, ports, services and workloads that the others don't have. */
export function agreementFaults(all: readonly Placed[]): string[] {
  const pods = podKinds(all);
  return all.flatMap((one) => faultsOf(one, all, pods).map((fault) => `${nameOf(one)} ${fault}`));
}

function faultsOf({ manifest: { kind, spec } }: Placed, all: readonly Placed[], pods: readonly PodKind[]): string[] {
  switch (kind) {
    case 'Service':
      return usesPorts({ matchLabels: spec.selector }, namesIn(spec.ports, 'targetPort'), pods);
    case 'Deployment':
      return [
        ...usesPorts(spec.selector, [], podKinds([{ file: '', manifest: { kind, spec } as Placed['manifest'] }])),
        ...(spec.template.spec.topologySpreadConstraints ?? []).flatMap(
          ({ labelSelector }: { labelSelector: Selector }) => usesPorts(labelSelector, [], pods),
        ),
      ];
    case 'PodDisruptionBudget':
      return usesPorts(spec.selector, [], pods);
    case 'NetworkPolicy':
      return policyFaults(spec, pods);
    case 'HorizontalPodAutoscaler':
      return has(all, spec.scaleTargetRef.kind, spec.scaleTargetRef.name)
        ? []
        : [`scales ${spec.scaleTargetRef.name}, which isn't there`];
    case 'Ingress':
      return spec.rules.flatMap(({ http }: { http: { paths: { backend: { service: BackendService } }[] } }) =>
        http.paths.flatMap(({ backend }) => backendFaults(backend.service, all)),
      );
    case 'ServiceMonitor':
      return monitorFaults(spec, all);
    default:
      return [];
  }
}

interface BackendService {
  name: string;
  port: { name: string };
}

function backendFaults({ name, port }: BackendService, all: readonly Placed[]): string[] {
  const service = all.find(({ manifest }) => manifest.kind === 'Service' && manifest.metadata.name === name);
  const ports = (service?.manifest.spec.ports ?? []) as Port[];
  return ports.some((one) => one.name === port.name)
    ? []
    : [`leads to port ${port.name} of ${name}, which isn't there`];
}

function monitorFaults(
  spec: { selector: Selector; jobLabel?: string; endpoints: { port: string }[] },
  all: readonly Placed[],
): string[] {
  const services = all
    .filter(({ manifest }) => manifest.kind === 'Service')
    .map(({ manifest }) => ({ labels: manifest.metadata.labels ?? {}, ports: namesIn(manifest.spec.ports, 'name') }));
  const named = spec.endpoints.map(({ port }) => port);
  const unnamed = selected(spec.selector, services).filter(({ labels }) => !(spec.jobLabel && labels[spec.jobLabel]));
  return [
    ...usesPorts(spec.selector, named, services),
    ...unnamed.map(() => `names jobs by ${spec.jobLabel}, which a service of its doesn't have`),
  ];
}

function policyFaults(
  spec: { podSelector: Selector; ingress?: PolicyRule[]; egress?: PolicyRule[] },
  pods: readonly PodKind[],
): string[] {
  const { podSelector, ingress = [], egress = [] } = spec;
  const own = ingress.flatMap(({ ports = [] }) => namesIn(ports, 'port'));
  const peers = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)];
  return [
    ...usesPorts(podSelector, own, pods),
    // Pods of other namespaces are none of ours.
    ...peers
      .filter(({ podSelector: peer, namespaceSelector }) => peer !== undefined && namespaceSelector === undefined)
      .flatMap(({ podSelector: peer }) => usesPorts(peer as Selector, [], pods)),
  ];
}

function usesPorts(selector: Selector, ports: readonly string[], pods: readonly PodKind[]): string[] {
  const chosen = selected(selector, pods);
  if (chosen.length === 0) return [`selects nothing: ${JSON.stringify(selector)}`];
  return [
    ...valuesOfNobody(selector, pods).map((value) => `selects ${value}, which nothing is`),
    ...ports
      .filter((port) => !chosen.every((one) => one.ports.includes(port)))
      .map((port) => `names the port ${port}, which what it selects doesn't have`),
  ];
}

function namesIn(ports: readonly Port[], key: keyof Port): string[] {
  return ports.map((port) => port[key]).filter((name) => typeof name === 'string');
}

function has(all: readonly Placed[], kind: string, name: string): boolean {
  return all.some(({ manifest }) => manifest.kind === kind && manifest.metadata.name === name);
}
