import { get } from 'node:http';

const TIME_LIMIT_MS = 2_000;

/** Whether `url` answers a GET with 200, on a connection of its own. Rejects only when `signal` aborts. */
export function probe(url: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal, timeout: TIME_LIMIT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => (signal.aborted ? reject(signal.reason) : resolve(false)));
  });
}
