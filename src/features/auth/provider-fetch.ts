/** The identity provider cannot be reached, takes too long, or answers that it is at fault. */
export class ProviderAwayError extends Error {
  override name = 'ProviderAwayError';
}

type FetchOptions = { method: string; headers: Record<string, string>; redirect: 'manual'; signal?: AbortSignal };

/** A fetch for one identity provider that remembers its metadata (OpenID Connect Discovery 1.0, section 4). */
export interface ProviderFetch {
  /** @throws ProviderAwayError */
  fetch(url: string, options: FetchOptions): Promise<Response>;
  /** The metadata are fetched anew next time. */
  forget(): void;
}

export function createProviderFetch(): ProviderFetch {
  let metadata: Response | undefined;
  return {
    async fetch(url, options) {
      if (!new URL(url).pathname.includes('/.well-known/openid-configuration')) return providerFetch(url, options);
      const answer = metadata ?? (await providerFetch(url, options));
      if (answer.ok) metadata = answer;
      return answer.clone();
    },
    forget() {
      metadata = undefined;
    },
  };
}

/**
 * A fetch for the identity provider: the whole answer within the time that the caller allows, and in the form that the
 * standard wants.
 *
 * @throws ProviderAwayError
 */
async function providerFetch(url: string, options: FetchOptions): Promise<Response> {
  const { response, text } = await fetchText(url, options);
  if (response.status >= 500) throw new ProviderAwayError(`${new URL(url).origin} answered ${response.status}`);
  const { status, headers } = response;
  const hasNoBody = status === 204 || status === 304;
  return new Response(hasNoBody ? null : withScopeAsText(text), { status, headers: withoutEncoding(headers) });
}

async function fetchText(url: string, options: FetchOptions): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, options);
    return { response, text: await response.text() };
  } catch (cause) {
    throw new ProviderAwayError(`${new URL(url).origin} cannot be reached`, { cause });
  }
}

/** Twitch lists the scopes of a token in an array; the standard has them in one text (RFC 6749, section 5.1). */
function withScopeAsText(text: string): string {
  if (!text.includes('"scope"')) return text;
  try {
    const body = JSON.parse(text) as { scope?: unknown };
    return Array.isArray(body.scope) ? JSON.stringify({ ...body, scope: body.scope.join(' ') }) : text;
  } catch {
    // Not JSON: whoever reads it will say so.
    return text;
  }
}

/** The text is decoded by now. */
function withoutEncoding(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('Content-Encoding');
  kept.delete('Content-Length');
  return kept;
}
