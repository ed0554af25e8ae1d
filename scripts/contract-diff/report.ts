import type { Finding } from './index.ts';

/** Places that are listed before the rest is only counted. */
const SHOWN = 3;

/** The findings for people, grouped by the operations that they concern; errors come first. */
export function renderReport(findings: readonly Finding[]): string {
  const groups = Map.groupBy(findings, ({ operations }) => listSome(operations) || 'The whole contract');
  const rendered = [...groups].map(([title, members]) => {
    const sorted = [...members].sort((a, b) => rank(a) - rank(b));
    return [title, ...sorted.map(renderFinding)].join('\n');
  });
  return rendered.join('\n\n');
}

/** How many there are of each severity, in words. */
export function countFindings(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return `${plural(errors, 'error')}, ${plural(findings.length - errors, 'warning')}`;
}

function renderFinding({ severity, kind, pointer, places, what, why, instead }: Finding): string {
  return [
    `  ${severity} ${kind}: ${what}`,
    `    where:   ${listSome(places, '; ')}`,
    `             ${pointer}`,
    `    why:     ${why}`,
    `    instead: ${instead}`,
  ].join('\n');
}

function rank({ severity }: Finding): number {
  return severity === 'error' ? 0 : 1;
}

function listSome(items: readonly string[], separator = ', '): string {
  const more = items.length - SHOWN;
  return items.slice(0, SHOWN).join(separator) + (more > 0 ? ` and ${more} more` : '');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
