import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a proxy says that the client came to it by plain HTTP. Of several entries of X-Forwarded-Proto the rightmost
 * counts: the nearest proxy wrote it, and a client may have written those before it. What is neither scheme says nothing.
 *
 * @param headers of a request that a trusted proxy sent.
 * @param viaCloudflare whether CF-Visitor counts: Cloudflare tells there what it was asked by.
 */
export function saysPlainHttp(headers: IncomingHttpHeaders, viaCloudflare: boolean): boolean {
  const entries = String(headers['x-forwarded-proto'] ?? '').split(',');
  if (entries.at(-1)?.trim().toLowerCase() === 'http') return true;
  return viaCloudflare && /"scheme"\s*:\s*"http"/i.test(String(headers['cf-visitor'] ?? ''));
}
