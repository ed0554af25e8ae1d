import { createRouteClient } from './cloudflare.ts';
import { type Host, type MoveConfig, placeOf } from './config.ts';
import { canWrite, closeForWrites, openForWrites } from './database.ts';
import { runHook } from './hook.ts';
import { MoveError } from './move-error.ts';
import type { Step } from './phase.ts';

/** What it changes that a host is led to and made the writer. */
export async function leadingSteps(config: MoveConfig, { origin, databaseUrl }: Host): Promise<Step[]> {
  const route = await createRouteClient(config).read();
  const { hostname, port } = new URL(origin);
  const rule = { now: String(route.port ?? 'none'), becomes: route.port ? port : 'none' };
  return [
    { step: 'origin rule', where: config.apiHost, ...rule },
    { step: 'record', where: config.apiHost, now: route.address, becomes: hostname },
    { step: 'writes', where: placeOf(databaseUrl), now: 'read-only', becomes: 'the only writer' },
  ];
}

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
