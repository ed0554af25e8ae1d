import { type KnownMetrics, queryFaults } from './promql.ts';

interface Panel {
  id?: number;
  type: string;
  title?: string;
  datasource?: { uid?: string };
  fieldConfig?: { defaults?: { unit?: string } };
  targets?: { expr: string; datasource?: { uid?: string } }[];
  panels?: Panel[];
}

interface Dashboard {
  uid?: string;
  title?: string;
  templating?: { list?: { name: string; type: string }[] };
  panels: Panel[];
}

/** Grafana's own form of a variable. */
const SOURCE = '$' + '{datasource}';

/** What is wrong with a dashboard of Grafana, given as its text. */
export function dashboardFaults(text: string, known: KnownMetrics): string[] {
  const { uid, title, templating, panels: top } = JSON.parse(text) as Dashboard;
  const panels = top.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const ids = panels.map(({ id }) => id);
  const faults = panels.flatMap((panel) =>
    panelFaults(panel, known).map((fault) => `panel "${panel.title ?? panel.id}" ${fault}`),
  );
  if (!uid || !title) faults.push('needs a uid and a title');
  if (!templating?.list?.some(({ name, type }) => name === 'datasource' && type === 'datasource')) {
    faults.push('needs the variable `datasource`');
  }
  for (const [index, id] of ids.entries()) {
    if (id === undefined || ids.indexOf(id) !== index) faults.push(`has the panel id ${id} twice, or none`);
  }
  return faults;
}

function panelFaults({ type, datasource, fieldConfig, targets = [] }: Panel, known: KnownMetrics): string[] {
  if (type === 'row') return [];
  const faults = targets.flatMap(({ expr }) => queryFaults(expr, known));
  if (targets.length === 0) faults.push('shows nothing');
  if (!fieldConfig?.defaults?.unit) faults.push('needs a unit');
  const sources = [datasource, ...targets.map((target) => target.datasource)];
  if (sources.some((source) => source?.uid !== SOURCE)) faults.push(`must take its data from ${SOURCE}`);
  return faults;
}
