import { parse } from 'yaml';
import { type KnownMetrics, queryFaults } from './promql.ts';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

const SEVERITIES = ['critical', 'warning'];

/**
 * What is wrong with the alerts and with their entries in the runbook.
 *
 * @param rules text of the file of rules.
 * @param readme text with the section "Runbook", an entry per heading of the fourth level.
 */
export function alertFaults(rules: string, readme: string, known: KnownMetrics): string[] {
  const { groups } = parse(rules) as { groups: { name: string; rules: Rule[] }[] };
  const alerts = groups.flatMap((group) => group.rules);
  const names = alerts.map(({ alert }) => alert);
  const entries = runbookEntries(readme);
  return [
    ...alerts.flatMap((rule) => ruleFaults(rule, known).map((fault) => `alert ${rule.alert} ${fault}`)),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `alert ${name} is there twice`),
    ...names.filter((name) => !entries.includes(name)).map((name) => `alert ${name} has no entry in the runbook`),
    ...entries.filter((name) => !names.includes(name)).map((name) => `the runbook's ${name} is no alert`),
  ];
}

function ruleFaults({ alert, expr, for: time, labels, annotations }: Rule, known: KnownMetrics): string[] {
  const faults = queryFaults(expr, known);
  if (!/^\d+[smh]$/.test(time ?? '')) faults.push('needs a `for` such as 5m');
  if (!SEVERITIES.includes(labels?.severity ?? '')) faults.push(`needs a severity: ${SEVERITIES.join(' or ')}`);
  for (const name of ['summary', 'description']) if (!annotations?.[name]) faults.push(`needs a ${name}`);
  const link = `README.md#${alert.toLowerCase()}`;
  if (annotations?.runbook !== link) faults.push(`needs the runbook link ${link}`);
  return faults;
}

/** Names of the entries, each of which must say where to look and what to do. @throws Error without a runbook. */
function runbookEntries(readme: string): string[] {
  const section = /^### Runbook$([\s\S]*?)(?=^#{1,3} |(?![\s\S]))/m.exec(readme)?.[1];
  if (section === undefined) throw new Error('README.md has no section "### Runbook".');
  const parts = section.split(/^#### /m).slice(1);
  return parts.map((part) => {
    const name = part.split('\n', 1)[0] ?? '';
    for (const word of ['- Look at: ', '- Do: ']) {
      if (!part.includes(word)) throw new Error(`The runbook's ${name} needs a line "${word}…".`);
    }
    return name;
  });
}
