// The process of a relay host. It is started by the provider and outlives it; see host-process.ts.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { RelayHostRunningError, startRelayHost } from './relay-host.ts';

/** Whoever starts a host calls it at once; one without calls was started by someone who is gone. */
const FIRST_CALL_MS = 15_000;

const milliseconds = z.coerce.number().int().positive().optional();

const settings = z.strictObject({
  stateDir: z.string().min(1),
  idleMs: milliseconds,
  healthIntervalMs: milliseconds,
  ingest: z.enum(['auto', 'on', 'off']).optional(),
  ingestDelayMs: milliseconds,
});

const { values } = parseArgs({
  options: {
    stateDir: { type: 'string' },
    idleMs: { type: 'string' },
    healthIntervalMs: { type: 'string' },
    ingest: { type: 'string' },
    ingestDelayMs: { type: 'string' },
  },
});

const log = (text: string) => console.log(`${new Date().toISOString()} ${process.pid} ${text}`);

try {
  const host = await startRelayHost({ ...settings.parse(values), firstCallMs: FIRST_CALL_MS, onMessage: log });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void host.close());
  await host.ended;
  log('the relay host has ended');
} catch (error) {
  if (!(error instanceof RelayHostRunningError)) throw error;
  log(error.message);
}
process.exit(0);
