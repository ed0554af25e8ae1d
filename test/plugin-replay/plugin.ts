import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestApp } from '../support/test-app.ts';

/** What the plugin gets to see of an answer. */
export interface PluginAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the plugin reads fields out of bodies of every shape.
  body: any;
}

/** Header names and values as they go over the wire, in order. */
export type RawHeaders = readonly (readonly [name: string, value: string])[];

/** What the plugin says of itself, on auth calls only. */
export const CLIENT_HEADERS: RawHeaders = [
  ['X-Telemy-Client-Version', '0.0.5'],
  ['X-Telemy-Client-Platform', 'windows'],
];

/** The same as older versions of the plugin say it. */
export const FORMER_CLIENT_HEADERS: RawHeaders = [
  ['X-Aegis-Client-Version', '0.0.5'],
  ['X-Aegis-Client-Platform', 'windows'],
];

/** The OBS plugin v0.0.5, call by call: the same header names, the same JSON text. No retries and no pauses. */
export interface Plugin {
  startLogin(deviceName: string): Promise<PluginAnswer>;
  pollLogin(attemptId: string, pollToken: string): Promise<PluginAnswer>;
  session(token: string): Promise<PluginAnswer>;
  refresh(refreshToken: string): Promise<PluginAnswer>;
  logout(token: string): Promise<PluginAnswer>;
  startRelay(token: string, key: string, start: PluginStart): Promise<PluginAnswer>;
  activeRelay(token: string, connectionId: string): Promise<PluginAnswer>;
  heartbeat(token: string, sessionId: string, instanceId: string, relayAuth?: string): Promise<PluginAnswer>;
  stopRelay(token: string, sessionId: string): Promise<PluginAnswer>;
  migrateRelay(token: string, connectionId: string, region: string): Promise<PluginAnswer>;
  renameSlot(token: string, slotNumber: number, label: string): Promise<PluginAnswer>;
}

/** What differs between starts. */
export interface PluginStart {
  region: '' | 'us-east';
  connectionId?: string;
  streamToken?: string;
}

/** The plugin, configured with an application's address. */
export function createPlugin(app: Pick<TestApp, 'url'>, clientHeaders: RawHeaders = CLIENT_HEADERS): Plugin {
  const send = (method: string, path: string, headers: RawHeaders, body?: string) =>
    sendRaw(`${app.url}/api/v1${path}`, method, headers, body);
  const bearer = (token: string) => ['Authorization', `Bearer ${token}`] as const;

  return {
    startLogin: (deviceName) =>
      send(
        'POST',
        '/auth/plugin/login/start',
        clientHeaders,
        `{"client":{"platform":"windows","plugin_version":"0.0.5","device_name":"${deviceName}"}}`,
      ),
    pollLogin: (attemptId, pollToken) =>
      send(
        'POST',
        '/auth/plugin/login/poll',
        clientHeaders,
        `{"login_attempt_id":"${attemptId}","poll_token":"${pollToken}"}`,
      ),
    session: (token) => send('GET', '/auth/session', [bearer(token), ...clientHeaders]),
    refresh: (refreshToken) => send('POST', '/auth/refresh', clientHeaders, `{"refresh_token":"${refreshToken}"}`),
    logout: (token) => send('POST', '/auth/logout', [bearer(token), ...clientHeaders], '{}'),
    startRelay: (token, key, start) =>
      send('POST', '/relay/start', [bearer(token), ['Idempotency-Key', key]], startText(start)),
    activeRelay: (token, connectionId) => send('GET', `/relay/active?connection_id=${connectionId}`, [bearer(token)]),
    heartbeat: (token, sessionId, instanceId, relayAuth) =>
      send(
        'POST',
        '/relay/health',
        relayAuth === undefined ? [bearer(token)] : [bearer(token), ['X-Relay-Auth', relayAuth]],
        `{"session_id":"${sessionId}","instance_id":"${instanceId}"}`,
      ),
    stopRelay: (token, sessionId) => send('POST', '/relay/stop', [bearer(token)], stopText(sessionId)),
    migrateRelay: (token, connectionId, region) =>
      send('POST', '/relay/migrate', [bearer(token)], `{"connection_id":"${connectionId}","new_region":"${region}"}`),
    renameSlot: (token, slotNumber, label) =>
      send('PUT', `/user/stream-slots/${slotNumber}/label`, [bearer(token)], `{"label":"${label}"}`),
  };
}

function startText({ region, connectionId, streamToken }: PluginStart): string {
  const connection = connectionId === undefined ? '' : `,"connection_id":"${connectionId}"`;
  const stream = streamToken === undefined ? '' : `,"stream_token":"${streamToken}"`;
  const context = '{"obs_connected":true,"mode":"auto","requested_by":"obs-plugin"}';
  return `{"client_context":${context},"region_preference":"${region}"${connection}${stream}}`;
}

export function stopText(sessionId: string): string {
  return `{"session_id":"${sessionId}"}`;
}

/** `GET` as the plugin asks the relay itself. */
export function getStats(url: string): Promise<PluginAnswer> {
  return sendRaw(url, 'GET', []);
}

async function sendRaw(url: string, method: string, headers: RawHeaders, body?: string): Promise<PluginAnswer> {
  const { host } = new URL(url);
  const content: RawHeaders =
    body === undefined
      ? []
      : [
          ['Content-Type', 'application/json'],
          ['Content-Length', String(Buffer.byteLength(body))],
        ];
  const all = [['Host', host], ...headers, ...content].flat();
  const { promise, resolve, reject } = Promise.withResolvers<PluginAnswer>();
  const sent = request(url, { method, headers: all as readonly string[], agent: false }, (response) => {
    const read = async () => ({ status: response.statusCode ?? 0, body: parse(await text(response)) });
    read().then(resolve, reject);
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

function parse(answer: string): unknown {
  return answer === '' ? undefined : JSON.parse(answer);
}
