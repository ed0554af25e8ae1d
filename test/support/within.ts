/**
 * What `work` comes to. It goes on behind the limit, heard by nobody.
 *
 * @throws Error with what `late` says when it hasn't ended within `limitMs`.
 */
export async function within<T>(work: Promise<T>, limitMs: number, late: () => string): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new Error(late())), limitMs);
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
