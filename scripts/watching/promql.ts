import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** The metrics of a registry, as queries may name them: each with its labels. */
export type KnownMetrics = ReadonlyMap<string, ReadonlySet<string>>;

/** What Prometheus itself adds to every sample. */
const TARGET_LABELS = ['job', 'instance'];
/** Series that Prometheus makes for each target. */
const OWN_SERIES = ['up'];

/** @param metrics of prom-client: name, type and labels of each. */
export function toKnown(metrics: readonly { name: string; type: string; labels: readonly string[] }[]): KnownMetrics {
  const known = new Map<string, ReadonlySet<string>>();
  for (const name of OWN_SERIES) known.set(name, new Set(TARGET_LABELS));
  for (const { name, type, labels } of metrics) {
    const all = new Set([...labels, ...TARGET_LABELS]);
    if (type !== 'histogram') known.set(name, all);
    else {
      known.set(`${name}_bucket`, new Set([...all, 'le']));
      for (const suffix of ['_sum', '_count']) known.set(name + suffix, all);
    }
  }
  return known;
}

/** What is wrong with a query: its form, and the metrics and labels that it names and nobody has. */
export function queryFaults(query: string, known: KnownMetrics): string[] {
  const tree = parser.parse(query);
  const faults: string[] = [];
  tree.iterate({
    enter(reference) {
      const { node, type } = reference;
      if (type.isError) faults.push(`is no PromQL at character ${node.from + 1}`);
      if (type.name === 'VectorSelector') faults.push(...selectorFaults(node, query, known));
      if (type.name === 'GroupingLabels') faults.push(...groupingFaults(node, query, known));
    },
  });
  return faults;
}

function selectorFaults(selector: SyntaxNode, query: string, known: KnownMetrics): string[] {
  const name = nameOf(selector, query);
  const labels = known.get(name);
  if (!labels) return [`names the metric ${name || '(none)'}, which there is not`];
  const matchers = selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return matchers
    .map((matcher) => textOf(matcher.getChild('LabelName'), query))
    .filter((label) => !labels.has(label))
    .map((label) => `names the label ${label}, which ${name} does not have`);
}

/** Labels that are grouped or matched by must come from a metric within. */
function groupingFaults(grouping: SyntaxNode, query: string, known: KnownMetrics): string[] {
  let around = grouping.parent;
  while (around && around.name !== 'AggregateExpr' && around.name !== 'BinaryExpr') around = around.parent;
  if (!around) return [];
  const present = new Set<string>();
  around.cursor().iterate(({ node }) => {
    if (node.name !== 'VectorSelector') return;
    for (const label of known.get(nameOf(node, query)) ?? []) present.add(label);
  });
  return grouping
    .getChildren('LabelName')
    .map((label) => textOf(label, query))
    .filter((label) => !present.has(label))
    .map((label) => `groups by the label ${label}, which no metric in it has`);
}

function nameOf(selector: SyntaxNode, query: string): string {
  return textOf(selector.getChild('Identifier'), query);
}

function textOf(node: SyntaxNode | null, query: string): string {
  return node ? query.slice(node.from, node.to) : '';
}
