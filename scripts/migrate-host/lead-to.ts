import { createRouteClient } from './cloudflare.ts';
import type { Host, MoveConfig } from './config.ts';
import { canWrite, closeForWrites, openForWrites } from './database.ts';
import { runHook } from './hook.ts';
import { MoveError } from './move-error.ts';

/** Leads the API's name to a host. */
export async function leadTo(config: MoveConfig, { origin }: Host): Promise<void> {
  const { hostname, port } = new URL(origin);
  await createRouteClient(config).lead(hostname, Number(port));
}

/** Makes a host the only writer: the other one is closed first, whatever it was. */
export async function makeWriter(config: MoveConfig, host: Host, other: Host): Promise<string> {
  await closeForWrites(other.databaseUrl);
  await openForWrites(host.databaseUrl);
  if (!(await canWrite(host.databaseUrl))) {
    throw new MoveError(`The ${host.name} database is still read-only: does its role or its server say so?`);
  }
  const hook = host.name === 'new' ? config.hooks.newWriter : config.hooks.oldWriter;
  if (hook === undefined) return `restart the service on the ${host.name} host with its worker: npm start`;
  await runHook(hook);
  return 'done by the hook';
}
