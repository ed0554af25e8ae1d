/** What a person reads on a page: its main part and its foot, without tags. */
export function wordsOf(html: string): string {
  const body = html.slice(html.indexOf('<main>'));
  return unescapeHtml(body.replaceAll(/<[^>]*>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Where the links and buttons in the main part lead, by their words. */
export function linksOf(html: string): Map<string, string> {
  const main = html.slice(html.indexOf('<main>'));
  const links = main.matchAll(/<a [^>]*?href="([^"]*)"[^>]*>([^<]*)<\/a>/g);
  return new Map([...links].map(([, href = '', words = '']) => [unescapeHtml(words), unescapeHtml(href)]));
}

/**
 * The fields that a form has filled in already.
 *
 * @throws Error when the page has no form that goes there.
 */
export function fieldsOf(html: string, action: string): Record<string, string> {
  const start = html.indexOf(`<form method="post" action="${action}">`);
  if (start < 0) throw new Error(`The page has no form for ${action}: ${wordsOf(html)}`);
  const form = html.slice(start, html.indexOf('</form>', start));
  const hidden = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return Object.fromEntries([...hidden].map(([, name = '', value = '']) => [name, unescapeHtml(value)]));
}

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replaceAll(/&(?:#(\d+)|(\w+));/g, (all, code?: string, name?: string) =>
    code === undefined ? (named[name ?? ''] ?? all) : String.fromCharCode(Number(code)),
  );
}
