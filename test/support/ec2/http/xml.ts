/** What an answer is made of. A list becomes `<item>` elements; what is undefined is left out. */
export type XmlValue = string | number | boolean | Date | undefined | XmlValue[] | { [element: string]: XmlValue };

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The elements that a value is written as. */
export function toXml(value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => `<item>${toXml(item)}</item>`).join('');
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return String(value).replace(/[&<>]/g, (character) => ESCAPES[character] ?? '');
  return Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([element, child]) => `<${element}>${toXml(child)}</${element}>`)
    .join('');
}

/** Tags as every answer shows them. */
export function tagSet(tags: ReadonlyMap<string, string>): XmlValue {
  return [...tags].map(([key, value]) => ({ key, value }));
}
