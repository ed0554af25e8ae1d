import { parseEnv } from 'node:util';
import type { Compose } from './compose-file.ts';

/** The names that the configuration knows. */
export interface KnownNames {
  variables: readonly string[];
  /** Those of them that may come from a file, as `NAME_FILE`: secrets, and URLs with passwords. */
  secrets: readonly string[];
}

/** What only Compose itself reads. */
const COMPOSE_ONLY = /^(TELEMY|TLS|POSTGRES|PROMETHEUS|GRAFANA|COMPOSE)_/;
const SET_BY_NODE = ['NODE_COMPILE_CACHE', 'NODE_OPTIONS'];

/**
 * Whether the configuration, the compose file and the example of an environment know the same variables, and nobody
 * writes a secret down.
 *
 * @param used what the compose file takes from its `.env`.
 * @param example text of `.env.example`.
 */
export function variableFaults(
  known: KnownNames,
  compose: Compose,
  used: readonly string[],
  example: string,
): string[] {
  const given = parseEnv(example);
  const isKnown = (name: string) => known.variables.includes(name);
  return [
    ...Object.keys(given)
      .filter((name) => !isKnown(name) && !(COMPOSE_ONLY.test(name) && used.includes(name)))
      .map((name) => `.env.example has ${name}, which nothing reads`),
    ...known.variables.filter((name) => !(name in given)).map((name) => `.env.example doesn't have ${name}`),
    ...used.filter((name) => !(name in given)).map((name) => `.env.example doesn't have ${name}, which compose reads`),
    ...known.secrets.filter((name) => given[name]).map((name) => `.env.example has a value for the secret ${name}`),
    ...Object.entries(compose.services).flatMap(([name, { environment = {} }]) =>
      environmentFaults(known, environment).map((fault) => `${name} ${fault}`),
    ),
  ];
}

function environmentFaults(known: KnownNames, environment: Record<string, unknown>): string[] {
  // Other images have variables of their own, but no secret of theirs may be written down either.
  if (!('NODE_ENV' in environment)) {
    return Object.keys(environment)
      .filter(isSecretName)
      .map((name) => `has ${name} in plain: use ${name}_FILE`);
  }
  const names = Object.keys(environment);
  const fromFile = known.secrets.map((name) => `${name}_FILE`);
  const allowed = [...known.variables, ...fromFile, ...SET_BY_NODE];
  return [
    ...names.filter((name) => !allowed.includes(name)).map((name) => `sets ${name}, which nothing reads`),
    ...names.filter((name) => known.secrets.includes(name)).map((name) => `has ${name} in plain: use ${name}_FILE`),
    // A pooler is nobody's default.
    ...known.variables
      .filter((name) => name !== 'DATABASE_DIRECT_URL' && !names.includes(name) && !names.includes(`${name}_FILE`))
      .map((name) => `doesn't pass ${name} on`),
  ];
}

function isSecretName(name: string): boolean {
  return /PASSWORD|SECRET|TOKEN|_KEY$/.test(name) && !name.endsWith('_FILE');
}
