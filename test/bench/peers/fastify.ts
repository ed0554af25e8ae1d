/**
 * The hand-written peer of the bench as a process of its own, on loopback. It takes variables of the service: DATABASE_URL,
 * JWT_SECRET, RELAY_SHARED_KEY, LISTEN_ADDR (default: a free port). Says where it is as the service does.
 */
import pg from 'pg';
import { onEndSignal } from '../../../src/end-signal.ts';
import { DEFAULT_PLANS_FILE, readPlansFile } from '../../../src/features/account/plans-file.ts';
import { REPORTS_TABLE } from './fastify/queries.ts';
import { createFastifyPeer } from './fastify/server.ts';

/** As many as the service's own. */
const POOL_SIZE = 15;

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}, as for the service.`);
  return value;
};

const pool = new pg.Pool({ connectionString: required('DATABASE_URL'), max: POOL_SIZE, application_name: 'peer' });
await pool.query(REPORTS_TABLE);
const app = createFastifyPeer({
  pool,
  jwtSecret: required('JWT_SECRET'),
  relayKey: required('RELAY_SHARED_KEY'),
  plans: readPlansFile(DEFAULT_PLANS_FILE).plans,
});
const { LISTEN_ADDR: address = '127.0.0.1:0' } = process.env;
const { hostname: host, port } = new URL(`http://${address}`);
console.error(`  API  ${await app.listen({ host, port: Number(port) })}`);
onEndSignal(async () => {
  await app.close();
  await pool.end();
  process.exit(0);
});
