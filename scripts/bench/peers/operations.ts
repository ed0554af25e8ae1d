import type { Request } from 'autocannon';
import { API_ROOT } from '../../../src/http/contract-document.ts';
import type { BenchUser } from './rows.ts';

/** What is asked of every candidate. */
export interface BenchOperation {
  name: 'getActiveRelay' | 'getAuthSession' | 'getCurrentUsage' | 'reportRelayHealth' | 'healthz';
  /** The request of one user. */
  request(user: BenchUser, relayKey: string): Request;
}

const asUser = ({ token }: BenchUser) => ({ authorization: `Bearer ${token}` });

/** Writes come last: they change what the reads read. */
export const OPERATIONS: readonly BenchOperation[] = [
  {
    name: 'healthz',
    request: () => ({ method: 'GET', path: '/healthz' }),
  },
  {
    name: 'getActiveRelay',
    request: (user) => ({
      method: 'GET',
      path: `${API_ROOT}/relay/active?connection_id=${user.connectionId}`,
      headers: asUser(user),
    }),
  },
  {
    name: 'getAuthSession',
    request: (user) => ({ method: 'GET', path: `${API_ROOT}/auth/session`, headers: asUser(user) }),
  },
  {
    name: 'getCurrentUsage',
    request: (user) => ({ method: 'GET', path: `${API_ROOT}/usage/current`, headers: asUser(user) }),
  },
  {
    name: 'reportRelayHealth',
    request: ({ sessionId, instanceId }, relayKey) => ({
      method: 'POST',
      path: `${API_ROOT}/relay/health`,
      headers: { 'x-relay-auth': relayKey, 'content-type': 'application/json' },
      body: JSON.stringify({ session_id: sessionId, instance_id: instanceId, ingest_active: true }),
    }),
  },
];
