import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readReport } from '../../scripts/audit/advisories.ts';
import { type AuditInput, checkLocally } from '../../scripts/audit/local-checks.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(ROOT, file), 'utf8');

/** What there is, to be changed at will. */
function present(): AuditInput {
  return {
    manifest: JSON.parse(read('package.json')),
    lock: JSON.parse(read('package-lock.json')),
    readme: read('README.md'),
  };
}

const faultsOf = (input: AuditInput) => checkLocally(input).flatMap(({ faults }) => faults);

describe('What we depend on', () => {
  it('has a pinned version, a reason in the README, a digest, and no install script that nobody decided on', () => {
    const results = checkLocally(present());
    assert.deepEqual(
      results.flatMap(({ faults }) => faults),
      [],
    );
    // So something was looked at.
    for (const { name, looked } of results) assert.ok(looked >= 30, `${name}: ${looked}`);
  });

  const CHANGES: [name: string, change: (input: AuditInput) => unknown, fault: RegExp][] = [
    [
      'a range of versions',
      ({ manifest }) => Object.assign(manifest.dependencies, { koa: '^3.3.0' }),
      /^koa is wanted as \^3\.3\.0/,
    ],
    [
      'a tag',
      ({ manifest }) => Object.assign(manifest.devDependencies, { mocha: 'latest' }),
      /^mocha is wanted as latest/,
    ],
    [
      'a reason that is missing',
      ({ manifest }) => Object.assign(manifest.dependencies, { 'left-pad': '1.0.0' }),
      /^left-pad is not in/,
    ],
    [
      'a reason for what is gone',
      ({ manifest }) => Reflect.deleteProperty(manifest.dependencies, 'raw-body'),
      /^the README lists raw-body, which is no dependency/,
    ],
    [
      'an install script',
      ({ lock }) => Object.assign(lock.packages['node_modules/koa'] ?? {}, { hasInstallScript: true }),
      /^koa has an install script/,
    ],
    [
      'a decision on nothing',
      ({ manifest }) => Object.assign(manifest.allowScripts, { 'left-pad': true }),
      /^allowScripts names left-pad/,
    ],
    [
      'a digest that is missing',
      ({ lock }) => Reflect.deleteProperty(lock.packages['node_modules/koa'] ?? {}, 'integrity'),
      /^node_modules\/koa 3\.3\.0 has none/,
    ],
    [
      'a weak digest',
      ({ lock }) =>
        Object.assign(lock.packages['node_modules/koa'] ?? {}, { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }),
      /^node_modules\/koa 3\.3\.0 has none/,
    ],
  ];
  for (const [name, change, fault] of CHANGES) {
    it(`is found fault with for ${name}`, () => {
      const input = present();
      change(input);
      const faults = faultsOf(input);
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0] ?? '', fault);
    });
  }
});

describe('What the registry says of it', () => {
  it('is read with the worst of each package', () => {
    const report = {
      vulnerabilities: {
        a: { severity: 'high', range: '<2', via: [{ title: 'Reads too much' }, 'b'], fixAvailable: { name: 'a' } },
        b: { severity: 'low', range: '*', via: [{ title: 'Slow' }], fixAvailable: false },
      },
    };
    assert.deepEqual(readReport(JSON.stringify(report)), {
      advisories: [
        { name: 'a', severity: 'high', range: '<2', titles: ['Reads too much', 'by b'], hasFix: true },
        { name: 'b', severity: 'low', range: '*', titles: ['Slow'], hasFix: false },
      ],
    });
    assert.deepEqual(readReport('{"vulnerabilities":{}}'), { advisories: [] });
  });

  it('is never taken for nothing where it said nothing', () => {
    const refused = { message: '405 Method Not Allowed', error: { summary: '', detail: '' } };
    assert.deepEqual(readReport(JSON.stringify(refused)), { unasked: '405 Method Not Allowed' });
    assert.deepEqual(readReport('{}'), { unasked: 'npm gave no reason' });
    assert.deepEqual(readReport('', 'no network'), { unasked: 'npm printed no report: no network' });
    assert.deepEqual(readReport(''), { unasked: 'npm printed no report: nothing at all' });
  });
});
