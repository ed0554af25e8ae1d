/** The cookies that a browser keeps. */
export interface CookieJar {
  /** By name; what the browser would send to our pages. */
  values: Map<string, string>;
  /** Takes over what an answer sets. */
  take(headers: Headers): void;
  /** Value of the `Cookie` header for a path. */
  header(): string;
}

/**
 * Cookies of one host, as browsers keep them: a loopback address is trusted like TLS, so `Secure` ones are kept and sent
 * over plain HTTP there. What breaks the rules of `__Host-` is refused, as in RFC 6265bis, section 4.1.3.2.
 */
export function createCookieJar(): CookieJar {
  const values = new Map<string, string>();
  return {
    values,
    take(headers) {
      for (const line of headers.getSetCookie()) {
        const [pair = '', ...attributes] = line.split(/; */);
        const at = pair.indexOf('=');
        const name = pair.slice(0, at);
        if (name.startsWith('__Host-') && !keepsHostRules(attributes)) throw new Error(`A browser refuses: ${line}`);
        if (isOver(attributes)) values.delete(name);
        else values.set(name, pair.slice(at + 1));
      }
    },
    header: () => [...values].map(([name, value]) => `${name}=${value}`).join('; '),
  };
}

function keepsHostRules(attributes: readonly string[]): boolean {
  const given = new Set(attributes.map((attribute) => attribute.toLowerCase()));
  return given.has('secure') && given.has('path=/') && ![...given].some((one) => one.startsWith('domain'));
}

function isOver(attributes: readonly string[]): boolean {
  const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice('expires='.length);
  return expires !== undefined && Date.parse(expires) <= Date.now();
}
