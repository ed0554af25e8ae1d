import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { alertFaults } from '../../scripts/watching/alerts.ts';
import { dashboardFaults } from '../../scripts/watching/dashboards.ts';
import { queryFaults, toKnown } from '../../scripts/watching/promql.ts';

const KNOWN = toKnown([
  { name: 'x_total', type: 'counter', labels: ['status'] },
  { name: 'x_seconds', type: 'histogram', labels: ['task'] },
]);

describe('The check of what is watched', () => {
  const queries: [string, string[]][] = [
    ['sum by (status, job) (rate(x_total{status="a"}[5m])) / on (job) up', []],
    ['histogram_quantile(0.9, sum by (le, task) (rate(x_seconds_bucket[5m])))', []],
    ['absent(up{job="a"} == 1) or vector(0)', []],
    ['rate(y_total[5m])', ['names the metric y_total, which there is not']],
    ['x_seconds > 1', ['names the metric x_seconds, which there is not']],
    ['x_total{state="a"}', ['names the label state, which x_total does not have']],
    ['sum by (state) (x_total)', ['groups by the label state, which no metric in it has']],
    ['x_total > on (task) x_seconds_sum > on (le) up', ['groups by the label le, which no metric in it has']],
  ];
  for (const [query, faults] of queries) {
    it(`finds ${faults.length === 0 ? 'nothing wrong with' : 'the fault of'} ${query}`, () => {
      assert.deepEqual(queryFaults(query, KNOWN), faults);
    });
  }

  it('finds a query that is none', () => {
    assert.match(queryFaults('sum(x_total', KNOWN).join(), /is no PromQL/);
  });

  const rule = (name: string, expr = 'x_total > 1') => ({
    alert: name,
    expr,
    for: '5m',
    labels: { severity: 'warning' },
    annotations: { summary: 's', description: 'd', runbook: `README.md#${name.toLowerCase()}` },
  });
  const rules = (...all: object[]) => JSON.stringify({ groups: [{ name: 'g', rules: all }] });
  const readme = (...names: string[]) =>
    `### Runbook\n${names.map((name) => `#### ${name}\n- Look at: a\n- Do: b\n`).join('')}## Next\n#### Other\n`;

  it('finds an alert without an entry in the runbook, and an entry without an alert', () => {
    assert.deepEqual(alertFaults(rules(rule('A'), rule('B')), readme('A', 'B'), KNOWN), []);
    assert.deepEqual(alertFaults(rules(rule('A')), readme(), KNOWN), ['alert A has no entry in the runbook']);
    assert.deepEqual(alertFaults(rules(rule('A')), readme('A', 'B'), KNOWN), ["the runbook's B is no alert"]);
  });

  it('finds an alert that lacks a part or names a metric of nobody', () => {
    const bare = { ...rule('A', 'y > 1'), for: undefined, labels: {}, annotations: {} };
    assert.equal(alertFaults(rules(bare), readme('A'), KNOWN).length, 6);
    assert.deepEqual(alertFaults(rules(rule('A'), rule('A')), readme('A'), KNOWN), ['alert A is there twice']);
  });

  it('finds what is wrong with a dashboard: ids, units, sources, queries', () => {
    const text = readFileSync('docker/grafana/dashboards/telemy.json', 'utf8');
    const panel = { id: 1, type: 'timeseries', title: 'T', targets: [{ expr: 'y' }] };
    const faults = dashboardFaults(JSON.stringify({ panels: [panel, panel] }), KNOWN);
    assert.deepEqual(
      new Set(faults),
      new Set([
        'panel "T" names the metric y, which there is not',
        'panel "T" needs a unit',
        'panel "T" must take its data from $'.concat('{datasource}'),
        'needs a uid and a title',
        'needs the variable `datasource`',
        'has the panel id 1 twice, or none',
      ]),
    );
    // Of ours it finds nothing but that these few metrics are not the service's.
    assert.ok(dashboardFaults(text, KNOWN).every((fault) => /which (there is not|no metric in it has)$/.test(fault)));
  });
});
