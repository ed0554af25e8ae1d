import Table from 'cli-table3';

/**
 * A table for people: one line per row, with the names of the first row's parts above.
 *
 * @param colors whether what shows the table understands colours; without them the text holds no escape codes at all.
 */
export function formatTable(rows: object[], colors: boolean): string {
  // Left to itself cli-table3 colours its head and border, into pipes and under NO_COLOR as well.
  const style = colors ? { head: ['bold'], border: ['grey'] } : { head: [], border: [] };
  const table = new Table({ head: Object.keys(rows[0] ?? {}), style });
  for (const row of rows) table.push(Object.values(row).map(formatCell));
  return table.toString();
}

/** One thing as rows of name and value; the names of nested parts are joined with dots. */
export function toNameValueRows(thing: object, prefix = ''): { name: string; value: unknown }[] {
  return Object.entries(thing).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const nested = typeof value === 'object' && value !== null && !(value instanceof Date);
    return nested ? toNameValueRows(value, `${name}.`) : [{ name, value }];
  });
}

function formatCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace('T', ' ').slice(0, 19);
  // A user's name must neither steer the terminal nor break the line.
  return String(value).replaceAll(/\p{Cc}/gu, ' ');
}
