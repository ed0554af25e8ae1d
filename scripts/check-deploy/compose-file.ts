import { parse } from 'yaml';

/** What our rules look at of a service; the schema has checked all the rest. */
export interface ComposeService {
  image?: string;
  user?: string;
  profiles?: string[];
  environment?: Record<string, string | number | null>;
  secrets?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  restart?: string;
  logging?: { driver?: string; options?: Record<string, string> };
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  privileged?: boolean;
  ports?: string[];
  volumes?: string[];
  networks?: string[] | Record<string, unknown>;
}

/** A compose file, read. */
export interface Compose {
  services: Record<string, ComposeService>;
  networks?: Record<string, { internal?: boolean } | null>;
  secrets?: Record<string, { file?: string }>;
}

/** Reads a compose file, merge keys (`<<`) resolved. The schema must have been checked before it is believed. */
export function parseCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

/** The names that compose replaces by values of its `.env`: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`. */
export function variablesOf(text: string): string[] {
  const used = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  const names = used.flatMap((line) => [...line.matchAll(/\$\{(\w+)/g)].map((match) => match[1] as string));
  return [...new Set(names)];
}
