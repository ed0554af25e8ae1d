/** What a relay says of itself. */
export interface HealthReport {
  session_id: string;
  instance_id: string;
  ingest_active: boolean;
  egress_active: boolean;
  /** Whole seconds since the relay was ready. */
  session_uptime_seconds: number;
  /** RFC 3339. */
  observed_at: string;
}

/** Posts the health of one relay. */
export interface HealthReporter {
  /** Posts now, or as soon as a post under way has ended. Never throws. */
  post(): void;
  /** Posts no more; one under way is given up. */
  stop(): void;
}

const TIME_LIMIT_MS = 5_000;
/** The control plane knows no such session when it says so this often in a row. */
const MAX_NOT_FOUND = 3;

/** Posts what `read` returns (null: nothing now) to `url`, at each `post` and every `intervalMs` after the first one. */
export function createHealthReporter(options: {
  url: string;
  relayKey: string;
  intervalMs: number;
  fetch: typeof fetch;
  read: () => HealthReport | null;
}): HealthReporter {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let underWay = false;
  let wantedAgain = false;
  let notFound = 0;

  function post(): void {
    if (stopped.signal.aborted) return;
    timer ??= setInterval(post, options.intervalMs);
    wantedAgain = underWay;
    if (!underWay) void send();
  }

  async function send(): Promise<void> {
    const report = options.read();
    if (report === null) return;
    underWay = true;
    try {
      const response = await options.fetch(options.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Relay-Auth': options.relayKey },
        body: JSON.stringify(report),
        redirect: 'error',
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
      });
      notFound = response.status === 404 ? notFound + 1 : 0;
      await response.arrayBuffer();
    } catch {
      // Not reachable now: the next tick tries again.
    }
    underWay = false;
    if (notFound >= MAX_NOT_FOUND) stop();
    else if (wantedAgain) post();
  }

  function stop(): void {
    clearInterval(timer);
    stopped.abort();
  }

  return { post, stop };
}
