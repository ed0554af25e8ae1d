import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ConfigError, loadConfig } from '../../src/config.ts';
import { DEFAULT_PLANS_FILE, readPlansFile } from '../../src/features/account/plans-file.ts';
import { FileFaultsError } from '../../src/yaml-file.ts';
import { SECRETS } from '../support/good-secrets.ts';

const GOOD = {
  plans: {
    free: { included_seconds: 0, relays: 0, overage: false, variants: [] as string[] },
    starter: { included_seconds: 3600, relays: 2, overage: false, variants: ['11', '12'] },
    standard: { included_seconds: 7200, relays: 1, overage: true, variants: ['21'] },
    pro: { included_seconds: 9000, relays: 3, overage: true, variants: [] as string[] },
    internal: { included_seconds: 'unlimited', relays: 9, overage: true, variants: [] as string[] },
  },
  addons: [
    { relays: 2, variants: ['31', '32'] },
    { relays: 5, variants: ['33'] },
  ],
};

describe('the default plans file', () => {
  const { plans, products, planVariants, addon } = readPlansFile(DEFAULT_PLANS_FILE);

  it('includes in each tier what the product says', () => {
    const rows = Object.values(plans).map((plan) => [plan.tier, plan.includedSeconds, plan.relays]);
    assert.deepEqual(rows, [
      ['free', 0, 0],
      ['starter', 14_400, 1],
      ['standard', 54_000, 1],
      ['pro', 180_000, 3],
      ['internal', null, 99],
    ]);
  });

  it('lets the paid plans go on beyond their Time Bank', () => {
    const allowed = Object.values(plans).flatMap((plan) => (plan.overageAllowed ? [plan.tier] : []));
    assert.deepEqual(allowed, ['starter', 'standard', 'pro', 'internal']);
  });

  it('sells the three paid plans, and further relays one by one', () => {
    assert.deepEqual([...planVariants.keys()], ['starter', 'standard', 'pro']);
    assert.equal(addon?.relays, 1);
    assert.equal(products.size, 4);
  });
});

describe('a plans file', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'telemy-plans-'));
  });
  after(() => rmSync(dir, { recursive: true }));

  function write(content: unknown): string {
    const path = join(dir, 'plans.yaml');
    writeFileSync(path, typeof content === 'string' ? content : stringify(content));
    return path;
  }

  it('sells the first variant of each plan and of the first add-on, and knows all others', () => {
    const { plans, products, planVariants, addon } = readPlansFile(write(GOOD));
    assert.deepEqual(plans.starter, { tier: 'starter', includedSeconds: 3600, relays: 2, overageAllowed: false });
    assert.deepEqual(
      [...planVariants],
      [
        ['starter', '11'],
        ['standard', '21'],
      ],
    );
    assert.deepEqual(addon, { variantId: '31', relays: 2 });
    assert.deepEqual(products.get('12'), { kind: 'plan', tier: 'starter' });
    assert.deepEqual(products.get('32'), { kind: 'addon', relays: 2 });
    assert.deepEqual(products.get('33'), { kind: 'addon', relays: 5 });
  });

  it('may do without add-ons', () => {
    assert.equal(readPlansFile(write({ plans: GOOD.plans })).addon, null);
  });

  const plan = (tier: keyof typeof GOOD.plans, change: object) => ({
    ...GOOD,
    plans: { ...GOOD.plans, [tier]: { ...GOOD.plans[tier], ...change } },
  });
  const { pro: _, ...withoutPro } = GOOD.plans;

  const BROKEN: [name: string, content: unknown, faults: RegExp[]][] = [
    ['lacks a tier', { ...GOOD, plans: withoutPro }, [/^plans\.pro: is required$/]],
    ['has a tier that nobody knows', { ...GOOD, plans: { ...GOOD.plans, gold: GOOD.plans.pro } }, [/^plans: .*"gold"/]],
    ['has a key that nobody knows', plan('pro', { price: 5 }), [/^plans\.pro: .*"price"/]],
    ['has another part', { ...GOOD, extras: [] }, [/"extras"/]],
    [
      'includes less than nothing',
      plan('pro', { included_seconds: -1 }),
      [/^plans\.pro\.included_seconds: must be whole/],
    ],
    [
      'includes parts of seconds',
      plan('pro', { included_seconds: 0.5 }),
      [/^plans\.pro\.included_seconds: must be whole/],
    ],
    [
      'counts in words',
      plan('pro', { included_seconds: '50 hours' }),
      [/^plans\.pro\.included_seconds: must be whole/],
    ],
    ['allows less than no relay', plan('pro', { relays: -1 }), [/^plans\.pro\.relays: /]],
    ['has text for relays', plan('pro', { relays: 'three' }), [/^plans\.pro\.relays: /]],
    ['has text for overage', plan('pro', { overage: 'yes' }), [/^plans\.pro\.overage: /]],
    [
      'has variants without quotes',
      plan('pro', { variants: [1003] }),
      [/^plans\.pro\.variants\.0: must be .* in quotes$/],
    ],
    [
      'has variants that are no ids',
      plan('pro', { variants: ['pro-1'] }),
      [/^plans\.pro\.variants\.0: must be .* in quotes$/],
    ],
    ['sells one variant as two plans', plan('pro', { variants: ['21'] }), [/^variant 21 stands for two things$/]],
    ['sells one variant as plan and add-on', plan('pro', { variants: ['33'] }), [/^variant 33 stands for two things$/]],
    ['names a variant twice', plan('pro', { variants: ['41', '41'] }), [/^variant 41 stands for two things$/]],
    [
      'has an add-on without variants',
      { ...GOOD, addons: [{ relays: 1, variants: [] }] },
      [/^addons\.0\.variants: must name/],
    ],
    ['has an add-on without relays', { ...GOOD, addons: [{ relays: 0, variants: ['31'] }] }, [/^addons\.0\.relays: /]],
    ['is no YAML', 'plans: {free: [', [/^cannot be read: /]],
    ['is empty', '', [/^must have `plans`/]],
    ['is but a word', 'plans', [/^must have `plans`/]],
    [
      'has many faults',
      {
        plans: {
          ...withoutPro,
          free: { included_seconds: 'none', relays: 0, overage: false, variants: [1, '21'] },
          starter: { included_seconds: 0, relays: 1.5, overage: 1, variants: '11' },
        },
        addons: [{ relays: 1, variants: [] }],
      },
      [
        /^plans\.free\.included_seconds: /,
        /^plans\.free\.variants\.0: /,
        /^plans\.starter\.relays: /,
        /^plans\.starter\.overage: /,
        /^plans\.starter\.variants: /,
        /^plans\.pro: /,
        /^addons\.0\.variants: /,
        /^variant 21 stands for two things$/,
      ],
    ],
  ];

  for (const [name, content, expected] of BROKEN) {
    it(`that ${name} is refused with every fault`, () => {
      assertFaults(faultsOf(write(content)), expected);
    });
  }

  it('that is not there is refused', () => {
    assertFaults(faultsOf(join(dir, 'nowhere.yaml')), [/^cannot be read: ENOENT/]);
  });

  it('with faults stops the configuration with all of them, beside the other faults', () => {
    const path = write(plan('pro', { relays: -1, overage: 'yes' }));
    const read = () => loadConfig({ ...SECRETS, PLANS_FILE: path, LOG_LEVEL: 'loud' });
    assert.throws(read, (error: ConfigError) => {
      assert.ok(error instanceof ConfigError);
      const told = [
        `PLANS_FILE (${path}) plans.pro.relays: `,
        `PLANS_FILE (${path}) plans.pro.overage: `,
        'LOG_LEVEL ',
      ];
      assert.equal(error.faults.length, told.length, error.message);
      for (const begin of told)
        assert.ok(
          error.faults.some((fault) => fault.startsWith(begin)),
          error.message,
        );
      return true;
    });
  });
});

function faultsOf(path: string): readonly string[] {
  try {
    readPlansFile(path);
    return [];
  } catch (error) {
    if (error instanceof FileFaultsError) return error.faults;
    throw error;
  }
}

/** As many faults as expected, and one for each. */
function assertFaults(faults: readonly string[], expected: readonly RegExp[]): void {
  assert.equal(faults.length, expected.length, faults.join('\n'));
  for (const one of expected)
    assert.ok(
      faults.some((fault) => one.test(fault)),
      `${one} in ${faults.join('\n')}`,
    );
}
