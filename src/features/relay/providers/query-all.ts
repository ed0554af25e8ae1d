import type { Providers } from './index.ts';
import type { RelayProvider } from './provider.ts';

/** Asks every provider the same; one that fails keeps nobody from the others' answers. */
export async function queryAll<T>(
  { all }: Providers,
  ask: (provider: RelayProvider) => Promise<T>,
): Promise<{ answers: { provider: string; answer: T }[]; failures: { provider: string; error: unknown }[] }> {
  const results = await Promise.allSettled(all.map(ask));
  const named = results.map((result, index) => ({ result, provider: all[index]?.name ?? '' }));
  return {
    answers: named.flatMap(({ result, provider }) =>
      result.status === 'fulfilled' ? [{ provider, answer: result.value }] : [],
    ),
    failures: named.flatMap(({ result, provider }) =>
      result.status === 'rejected' ? [{ provider, error: result.reason as unknown }] : [],
    ),
  };
}
