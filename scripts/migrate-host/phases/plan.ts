import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findPostgresTools } from '../../../src/database/backup/postgres-tools.ts';
import { createRouteClient } from '../cloudflare.ts';
import { placeOf } from '../config.ts';
import { withClient } from '../database.ts';
import { MoveError } from '../move-error.ts';
import { askOrigin } from '../origin.ts';
import type { Move, Phase, Step } from '../phase.ts';

/** What a dump may take of the disk, as a share of the database. */
const DUMP_SHARE = 1;

/** Looks at everything that the later phases need. */
export const plan: Phase = {
  description: 'look whether both hosts, the record and the programs are as a move needs them',
  changes: false,
  preview: async ({ config }) => [
    {
      step: 'look',
      where: `${placeOf(config.old.databaseUrl)}, ${placeOf(config.new.databaseUrl)}`,
      now: '',
      becomes: '',
    },
  ],
  async run(move) {
    return { steps: await look(move) };
  },
};

async function look({ config }: Move): Promise<Step[]> {
  const read = (url: string) =>
    withClient(url, async (client) => {
      const { rows } = await client.query(
        `select current_setting('server_version_num')::int / 10000 as major, pg_database_size(current_database()) as bytes,
           array(select extname::text from pg_extension order by 1) as extensions,
           array(select name::text from pg_available_extensions) as available,
           exists(select from pg_roles where rolname = $1) and pg_has_role(current_user,
             (select oid from pg_roles where rolname = $1), 'member') as has_role,
           pg_has_role(current_user, (select datdba from pg_database where datname = current_database()), 'usage') as owns`,
        [config.role],
      );
      return rows[0];
    });
  const old = await read(config.old.databaseUrl);
  const next = await read(config.new.databaseUrl);
  const faults: string[] = [];
  if (next.major < old.major) faults.push(`the new PostgreSQL is ${next.major}, older than ${old.major}`);
  const lacking = old.extensions.filter((name: string) => !next.available.includes(name));
  if (lacking.length > 0) faults.push(`the new host lacks the extensions ${lacking.join(', ')}`);
  if (!next.has_role) faults.push(`new.database_url may not act as the role ${config.role}: create it, and grant it`);
  for (const [name, { owns }] of Object.entries({ old, new: next })) {
    if (!owns) faults.push(`${name}.database_url is neither the database's owner nor a superuser`);
  }
  const tools = await findPostgresTools({
    tools: ['pg_dump', 'pg_restore'],
    atLeast: old.major,
    binDir: config.pgBinDir,
  });
  const disk = await statfs(dirname(config.workDir));
  const free = disk.bavail * disk.bsize;
  if (free < Number(old.bytes) * DUMP_SHARE) faults.push(`${config.workDir} has too little room: ${free} bytes`);
  const route = await createRouteClient(config).read();
  const from = new URL(config.old.origin);
  if (route.address !== from.hostname) faults.push(`the record leads to ${route.address}, not to the old host`);
  if (route.port !== undefined && String(route.port) !== from.port) faults.push(`the rule leads to port ${route.port}`);
  const health = await askOrigin(config.old.origin, config.apiHost, { path: '/healthz' });
  if (health.status !== 200) faults.push(`${config.old.origin}/healthz answers ${health.status}`);
  if (faults.length > 0) throw new MoveError(`Not yet:\n  ${faults.join('\n  ')}`);
  const place = { old: placeOf(config.old.databaseUrl), new: placeOf(config.new.databaseUrl) };
  return [
    { step: 'PostgreSQL', where: `${place.old} → ${place.new}`, now: String(old.major), becomes: String(next.major) },
    {
      step: 'size',
      where: place.old,
      now: `${Math.ceil(Number(old.bytes) / 1e6)} MB`,
      becomes: `${tools.version} programs`,
    },
    { step: 'role', where: place.new, now: config.role, becomes: config.role },
    { step: 'record', where: config.apiHost, now: route.address, becomes: new URL(config.new.origin).hostname },
    {
      step: 'origin rule',
      where: config.apiHost,
      now: String(route.port ?? 'none'),
      becomes: new URL(config.new.origin).port,
    },
  ];
}
