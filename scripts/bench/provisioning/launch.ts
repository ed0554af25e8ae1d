import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RelaySession } from '../../../src/sdk/index.ts';

/** What a plugin sees of its launch. Times in milliseconds since 1970. */
export interface Seen {
  sessionId: string;
  postedAt: number;
  /** When the start was answered. */
  answeredAt: number;
  activeAt: number;
  /** How often it was told that the service is busy (503), and asked again. */
  refusals: number;
}

const WAIT_SECONDS = 25;

/** Starts a relay and waits for it by long polls. @throws Error when it ends otherwise. */
export async function launch(url: string, token: string): Promise<Seen> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  let refusals = 0;
  const ask = async (path: string, init: RequestInit): Promise<RelaySession> => {
    const response = await fetch(`${url}/api/v1/relay/${path}`, init);
    const text = await response.text();
    if (response.status === 503) {
      refusals += 1;
      await sleep(Number(response.headers.get('Retry-After') ?? 1) * 1000);
      return ask(path, init);
    }
    if (response.status > 201) throw new Error(`A launch got the answer ${response.status} ${text}`);
    return (JSON.parse(text) as { session: RelaySession }).session;
  };
  const postedAt = Date.now();
  const key = { 'Idempotency-Key': randomUUID() };
  let session = await ask('start', { method: 'POST', body: '{}', headers: { ...headers, ...key } });
  const answeredAt = Date.now();
  while (session.status === 'provisioning') {
    session = await ask(`active?wait_seconds=${WAIT_SECONDS}&since_version=${session.version}`, { headers });
  }
  return { sessionId: session.session_id, postedAt, answeredAt, activeAt: Date.now(), refusals };
}
