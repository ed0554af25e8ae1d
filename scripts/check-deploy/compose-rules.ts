import type { Compose, ComposeService } from './compose-file.ts';

/** The port of /metrics and /readyz. */
const ADMIN_PORT = '9090';
const POSTGRES_PORT = '5432';

type Rule = (service: ComposeService) => string | undefined;

const RULES: readonly Rule[] = [
  ({ mem_limit, cpus, pids_limit }) =>
    mem_limit === undefined || cpus === undefined || pids_limit === undefined
      ? 'has no limit of memory, cpus or processes (mem_limit, cpus, pids_limit)'
      : undefined,
  ({ healthcheck, restart }) =>
    healthcheck === undefined || (healthcheck.disable && restart !== 'no')
      ? 'has no healthcheck; only what runs once may disable it'
      : undefined,
  ({ restart }) => (restart === undefined ? 'does not say when it restarts (restart)' : undefined),
  ({ logging }) =>
    logging?.options?.['max-size'] === undefined || logging.options['max-file'] === undefined
      ? 'has logs without an end (logging: max-size, max-file)'
      : undefined,
  ({ read_only }) => (read_only ? undefined : 'may write to its root file system (read_only)'),
  ({ cap_drop }) => (cap_drop?.includes('ALL') ? undefined : 'keeps capabilities (cap_drop: [ALL])'),
  ({ security_opt }) =>
    security_opt?.includes('no-new-privileges:true') ? undefined : 'may gain privileges (no-new-privileges)',
  ({ privileged }) => (privileged ? 'is privileged' : undefined),
  ({ volumes = [] }) =>
    volumes.some((volume) => volume.includes('docker.sock')) ? 'holds the socket of Docker, which is root' : undefined,
  ({ ports = [] }) => (ports.some((port) => endsAt(port, ADMIN_PORT)) ? 'publishes the admin port' : undefined),
  ({ ports = [] }) =>
    ports.some((port) => endsAt(port, POSTGRES_PORT) && !port.startsWith('127.0.0.1:'))
      ? 'publishes the database beyond loopback'
      : undefined,
  ({ image = '' }) =>
    /^[^:]+$|:latest$/.test(image) && !image.includes('${') ? `has ${image} of no version` : undefined,
];

/** What breaks our rules for services in production, and for secrets. */
export function composeRuleFaults(compose: Compose): string[] {
  const services = Object.entries(compose.services);
  return [
    ...services.flatMap(([name, service]) =>
      RULES.map((rule) => rule(service)).flatMap((fault) => (fault === undefined ? [] : [`${name} ${fault}`])),
    ),
    ...services.flatMap(([name, service]) => secretFaults(name, service, compose)),
    ...Object.entries(compose.secrets ?? {}).flatMap(([name, { file }]) => [
      ...(file === `./secrets/${name}` ? [] : [`secret ${name} must be the file ./secrets/${name}`]),
      ...(services.some(([, { secrets }]) => secrets?.includes(name)) ? [] : [`secret ${name} is used by nobody`]),
    ]),
  ];
}

function secretFaults(name: string, { secrets = [], environment = {} }: ComposeService, compose: Compose): string[] {
  const mounted = secrets.map((secret) => `/run/secrets/${secret}`);
  const files = Object.entries(environment).filter(([variable]) => variable.endsWith('_FILE'));
  return [
    ...secrets
      .filter((one) => !(one in (compose.secrets ?? {})))
      .map((one) => `${name} wants the unknown secret ${one}`),
    ...files
      .filter(([, file]) => String(file).startsWith('/run/secrets/') && !mounted.includes(String(file)))
      .map(([variable, file]) => `${name} has ${variable}=${file}, which isn't mounted`),
  ];
}

function endsAt(port: string, inside: string): boolean {
  return port.replace(/\/\w+$/, '').endsWith(`:${inside}`) || port === inside;
}
