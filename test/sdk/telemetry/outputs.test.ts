import assert from 'node:assert/strict';
import { buildOutputModel, type OutputTelemetry, outputStatusOf } from '../../../src/sdk/telemetry/index.ts';

function output(id: string, values: Partial<OutputTelemetry> = {}): OutputTelemetry {
  return {
    id,
    name: id,
    active: true,
    bitrateKbps: 6000,
    dropPct: 0,
    fps: 60,
    encodingLagMs: 4,
    encoder: 'x264',
    group: 'Horizontal',
    resolution: '1920x1080',
    hidden: false,
    ...values,
  };
}

describe('The model of outputs', () => {
  for (const [dropPct, status] of [
    [0, 'healthy'],
    [0.00999, 'healthy'],
    [0.01, 'degraded'],
    [0.04999, 'degraded'],
    [0.05, 'critical'],
    [1, 'critical'],
    [Number.NaN, 'critical'],
    [null, null],
  ] as const) {
    it(`calls an active output with drops of ${dropPct} ${status}, an inactive one offline`, () => {
      assert.equal(outputStatusOf({ active: true, dropPct }), status);
      assert.equal(outputStatusOf({ active: false, dropPct }), 'offline');
    });
  }

  it('adds up groups of what is active and not hidden, keeps hidden ones apart, and counts', () => {
    const { groups, hidden, counts } = buildOutputModel([
      output('a'),
      output('b', { bitrateKbps: 2500, encodingLagMs: 8, dropPct: 0.02 }),
      output('c', { group: 'Vertical', dropPct: 0.2 }),
      output('d', { active: false, bitrateKbps: 900, encodingLagMs: 99 }),
      output('e', { hidden: true, dropPct: 0.2 }),
    ]);
    assert.deepEqual(
      groups.map(({ name, totalBitrateKbps, avgLagMs, outputs }) => [
        name,
        totalBitrateKbps,
        avgLagMs,
        outputs.map(({ id, status }) => `${id} ${status}`),
      ]),
      [
        ['Horizontal', 8500, 6, ['a healthy', 'b degraded', 'd offline']],
        ['Vertical', 6000, 4, ['c critical']],
      ],
    );
    assert.deepEqual(
      hidden.map(({ id }) => id),
      ['e'],
    );
    assert.deepEqual(counts, { total: 5, active: 4, hidden: 1, healthy: 1, degraded: 1, critical: 1, offline: 1 });
  });

  it('knows absent from zero in totals', () => {
    const totals = (...outputs: OutputTelemetry[]) => {
      const [group] = buildOutputModel(outputs).groups;
      return [group?.totalBitrateKbps, group?.avgLagMs];
    };
    const unknown = output('a', { bitrateKbps: null, encodingLagMs: null });
    assert.deepEqual(totals(unknown), [null, null]);
    assert.deepEqual(totals(unknown, output('b')), [6000, 4]);
    assert.deepEqual(totals(output('a', { active: false })), [0, null]);
    assert.deepEqual(buildOutputModel([]).groups, []);
  });
});
