import { MAX_TEXT_LENGTH } from './json.ts';

/**
 * Fetches a text of at most 1 MiB.
 *
 * @throws whatever `fetchIt` throws; Error when the answer isn't 2xx or is longer.
 */
export async function readText(fetchIt: typeof fetch, url: string, signal: AbortSignal): Promise<string> {
  const response = await fetchIt(url, { signal, cache: 'no-store', credentials: 'omit' });
  const reader = response.body?.getReader();
  if (!response.ok || !reader) {
    await reader?.cancel();
    throw new Error(`no statistics: HTTP ${response.status}`);
  }
  const decoder = new TextDecoder();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length > MAX_TEXT_LENGTH) {
      await reader.cancel();
      throw new Error('no statistics: the answer is too long');
    }
  }
  return text + decoder.decode();
}
