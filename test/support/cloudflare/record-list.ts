import { Refusal, type ResultInfo } from './envelope.ts';
import type { DnsRecord } from './records.ts';

const FILTERS = ['type', 'name', 'content'] as const;

/**
 * One page of the records that fit all filters: `type`, `name` and `content`, the latter two also as `name.exact` and
 * `content.exact`, upper and lower case alike. As with the vendor, a filter that it doesn't know filters nothing.
 *
 * @throws Refusal 400 for a page that can't be.
 */
export function listRecords(records: DnsRecord[], query: URLSearchParams): { page: DnsRecord[]; info: ResultInfo } {
  const fitting = records.filter((record) => FILTERS.every((field) => fits(record[field], field, query)));
  const page = readCount(query.get('page') ?? '1');
  const perPage = readCount(query.get('per_page') ?? '100');
  const found = fitting.slice((page - 1) * perPage, page * perPage);
  const info = {
    page,
    per_page: perPage,
    count: found.length,
    total_count: fitting.length,
    total_pages: Math.ceil(fitting.length / perPage),
  };
  return { page: found, info };
}

function fits(value: string, field: string, query: URLSearchParams): boolean {
  const wanted = [query.get(field), query.get(`${field}.exact`)].filter((text) => text !== null);
  return wanted.every((text) => text.toLowerCase() === value.toLowerCase());
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) {
    throw new Refusal(400, 1004, 'Invalid page or per_page');
  }
  return Number(text);
}
