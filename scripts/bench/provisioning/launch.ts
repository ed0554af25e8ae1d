import { randomUUID } from 'node:crypto';
import type { RelaySession } from '../../../src/sdk/index.ts';

/** What a plugin sees of its launch. Times in milliseconds since 1970. */
export interface Seen {
  sessionId: string;
  postedAt: number;
  activeAt: number;
}

const WAIT_SECONDS = 25;

/** Starts a relay and waits for it by long polls. @throws Error when it ends otherwise. */
export async function launch(url: string, token: string): Promise<Seen> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const ask = async (path: string, init: RequestInit): Promise<RelaySession> => {
    const response = await fetch(`${url}/api/v1/relay/${path}`, init);
    const text = await response.text();
    if (response.status > 201) throw new Error(`A launch got the answer ${response.status} ${text}`);
    return (JSON.parse(text) as { session: RelaySession }).session;
  };
  const postedAt = Date.now();
  const key = { 'Idempotency-Key': randomUUID() };
  let session = await ask('start', { method: 'POST', body: '{}', headers: { ...headers, ...key } });
  while (session.status === 'provisioning') {
    session = await ask(`active?wait_seconds=${WAIT_SECONDS}&since_version=${session.version}`, { headers });
  }
  return { sessionId: session.session_id, postedAt, activeAt: Date.now() };
}
