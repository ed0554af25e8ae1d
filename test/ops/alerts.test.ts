import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { ALERT_CASES } from './alert-cases.ts';
import { runPromtool } from './promtool.ts';

const RULES = resolve('docker/prometheus/alerts.yml');

describe('The alerts, as Prometheus itself understands them', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemy-alerts-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('are rules that it takes', async () => {
    assert.match(await runPromtool('check', 'rules', RULES), /SUCCESS: \d+ rules found/);
  });

  it('come with a configuration that it takes', async () => {
    assert.match(await runPromtool('check', 'config', resolve('docker/prometheus/prometheus.yml')), /SUCCESS/);
  });

  it('have a case each, in which they fire', async () => {
    const { groups } = parse(await readFile(RULES, 'utf8')) as { groups: { rules: { alert: string }[] }[] };
    const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    assert.deepEqual(Object.keys(ALERT_CASES).sort(), names.sort());
  });

  for (const [alertname, { fires, silent, labels, at }] of Object.entries(ALERT_CASES)) {
    it(`${alertname} fires when it should, and not when all is well`, async () => {
      const group = (series: Record<string, string>, expected: object[]) => ({
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [{ eval_time: at ?? '2h', alertname, exp_alerts: expected }],
      });
      const rule = await ruleOf(alertname);
      const firing = { exp_labels: { severity: rule.labels.severity, ...labels } };
      const file = join(folder, `${alertname}.yml`);
      const tests = [group(fires, [firing]), group(silent, [])];
      // The words of an annotation are not repeated here.
      const bare = join(folder, `${alertname}-rules.yml`);
      await writeFile(bare, stringify({ groups: [{ name: 'g', rules: [{ ...rule, annotations: undefined }] }] }));
      await writeFile(file, stringify({ rule_files: [bare], evaluation_interval: '1m', tests }));
      assert.match(await runPromtool('test', 'rules', file), /SUCCESS/);
    });
  }

  async function ruleOf(name: string): Promise<{ alert: string; labels: { severity: string } }> {
    const { groups } = parse(await readFile(RULES, 'utf8')) as {
      groups: { rules: { alert: string; labels: { severity: string } }[] }[];
    };
    const found = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === name);
    assert.ok(found, `there is no alert ${name}`);
    return found;
  }
});
