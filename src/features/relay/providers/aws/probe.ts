import { get } from 'node:http';

const TIME_LIMIT_MS = 2_000;

/**
 * Whether a GET is answered with 200 within two seconds. It goes to a machine that might answer anything: redirects are
 * not followed, and the body is not read.
 */
export function answersOk(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(TIME_LIMIT_MS) }, (response) => {
      resolve(response.statusCode === 200);
      response.destroy();
    });
    request.on('error', () => resolve(false));
  });
}
