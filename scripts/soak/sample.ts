import type { Database } from '../../src/database/connect.ts';

/** What a process of the service uses at one moment. */
export interface ProcessSample {
  /** MiB. */
  rss: number;
  /** MiB. */
  heap: number;
  /** Handles of the event loop. */
  handles: number;
  /** Open file descriptors; 0 where the system doesn't tell. */
  descriptors: number;
  /** Highest delay of the event loop but for one in a hundred since the sample before, in milliseconds. */
  loopDelay: number;
}

/** What the service uses at one moment; null: could not be asked. */
export interface Sample {
  /** Seconds since the begin of the run. */
  second: number;
  /** Whether the processes freed their garbage right before: only then their memory says what they keep. */
  isCollected: boolean;
  api: ProcessSample | null;
  worker: ProcessSample | null;
  database: {
    /** Connections of the service. */
    connections: number;
    /** Jobs that wait or are under way. */
    jobs: number;
  } | null;
}

const MIB = 2 ** 20;
const LIMIT_MS = 4_000;

/** Reads a process's metrics; null when it doesn't answer. */
export async function sampleProcess(adminUrl: string): Promise<ProcessSample | null> {
  const answer = await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(LIMIT_MS) }).then(
    (response) => response.text(),
    () => null,
  );
  if (answer === null) return null;
  const read = (name: string) => Number(new RegExp(`^${name} ([\\d.e+-]+)$`, 'm').exec(answer)?.[1] ?? 0);
  return {
    rss: read('process_resident_memory_bytes') / MIB,
    heap: read('nodejs_heap_size_used_bytes') / MIB,
    handles: read('nodejs_active_handles_total'),
    descriptors: read('process_open_fds'),
    loopDelay: read('nodejs_eventloop_lag_p99_seconds') * 1_000,
  };
}

/** Asks PostgreSQL; null when it is away. */
export async function sampleDatabase(database: Database): Promise<Sample['database']> {
  const asked = database.raw<{ rows: { connections: number; jobs: number }[] }>(`select
    (select count(*)::int from pg_stat_activity where application_name like 'telemy-%' and pid <> pg_backend_pid())
      as connections,
    (select count(*)::int from jobs.job where state in ('created', 'retry', 'active')) as jobs`);
  return asked.then(
    ({ rows }) => rows[0] ?? null,
    () => null,
  );
}
