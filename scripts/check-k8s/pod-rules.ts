import { nameOf, type Placed } from './manifest.ts';

/** The longest drain of a process, in seconds: requests and jobs get 20 of them (src/app.ts), traces 5. */
const DRAIN_S = 25;

interface Container {
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    capabilities?: { drop?: string[] };
  };
  resources?: { requests?: { cpu?: string; memory?: string }; limits?: { memory?: string } };
  ports?: { name: string }[];
  volumeMounts?: { name: string }[];
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  readinessProbe?: { httpGet?: { path: string; port: string } };
  livenessProbe?: { httpGet?: { path: string; port: string } };
}

/** What our own pods lack of what production wants of them. */
export function podFaults(all: readonly Placed[]): string[] {
  return all.flatMap((placed) => {
    const { kind, spec } = placed.manifest;
    if (kind !== 'Deployment' && kind !== 'Job') return [];
    const pod = spec.template.spec;
    const containers = pod.containers as Container[];
    const volumes = ((pod.volumes ?? []) as { name: string }[]).map(({ name }) => name);
    return [
      ...rule(pod.securityContext?.runAsNonRoot === true, 'may run as root (runAsNonRoot)'),
      ...rule(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'),
      ...rule(pod.automountServiceAccountToken === false, 'gets a token of Kubernetes, which it has no use for'),
      ...containers.flatMap((one) => containerFaults(one, volumes)),
      ...(kind === 'Deployment' ? servingFaults(spec, containers) : []),
    ].map((fault) => `${nameOf(placed)} ${fault}`);
  });
}

function containerFaults({ securityContext = {}, resources = {}, volumeMounts = [] }: Container, volumes: string[]) {
  return [
    ...rule(securityContext.allowPrivilegeEscalation === false, 'may gain privileges (allowPrivilegeEscalation)'),
    ...rule(securityContext.readOnlyRootFilesystem === true, 'may write to its root file system'),
    ...rule(securityContext.capabilities?.drop?.includes('ALL') ?? false, 'keeps capabilities (drop: [ALL])'),
    ...rule(
      Boolean(resources.requests?.cpu && resources.requests.memory && resources.limits?.memory),
      'lacks requests, or a limit of memory',
    ),
    ...volumeMounts.filter(({ name }) => !volumes.includes(name)).map(({ name }) => `mounts ${name}, no volume of its`),
  ];
}

// biome-ignore lint/suspicious/noExplicitAny: the schemas have looked at it.
function servingFaults(spec: any, containers: readonly Container[]): string[] {
  const grace = spec.template.spec.terminationGracePeriodSeconds ?? 0;
  return [
    ...rule(spec.strategy?.rollingUpdate?.maxUnavailable === 0, 'goes away while it is replaced (maxUnavailable: 0)'),
    ...containers.flatMap(({ ports = [], lifecycle, readinessProbe, livenessProbe }) => {
      const sleep = lifecycle?.preStop?.sleep?.seconds ?? 0;
      const names = ports.map(({ name }) => name);
      const probed = [readinessProbe?.httpGet?.port, livenessProbe?.httpGet?.port];
      return [
        ...rule(grace >= sleep + DRAIN_S, `is killed after ${grace} s, but needs ${sleep + DRAIN_S} s to end`),
        ...rule(sleep > 0 || !names.includes('http'), 'stops listening before proxies know (preStop)'),
        ...rule(readinessProbe?.httpGet?.path === '/readyz', 'has no readinessProbe of /readyz'),
        ...rule(
          livenessProbe !== undefined && livenessProbe.httpGet?.path !== '/readyz',
          'has no livenessProbe of its own',
        ),
        ...rule(
          probed.every((port) => port !== undefined && names.includes(port)),
          'is probed at a port that it does not have',
        ),
      ];
    }),
  ];
}

function rule(isKept: boolean, fault: string): string[] {
  return isKept ? [] : [fault];
}
