import assert from 'node:assert/strict';
import { type MoveFigures, moveDifferences } from '../../scripts/migrate-host/figures.ts';
import { compareRows, isBookkeeping, type RowSum } from '../../scripts/migrate-host/losses.ts';

async function* rows(...pairs: [key: string, sum: string][]): AsyncGenerator<RowSum, void> {
  for (const [key, sum] of pairs) yield { key, sum };
}
const A = ['a', '1'] as [string, string];
const B = ['b', '1'] as [string, string];
const C = ['c', '1'] as [string, string];

describe('what a rollback would lose', () => {
  it('is nothing where both hosts have the same rows, or none', async () => {
    const nothing = { added: 0, changed: 0, removed: 0 };
    assert.deepEqual(await compareRows(rows(A, B), rows(A, B)), nothing);
    assert.deepEqual(await compareRows(rows(), rows()), nothing);
  });

  it('counts rows that are new at the beginning, in the middle and at the end', async () => {
    for (const old of [[B, C], [A, C], [A, B], []]) {
      const counts = await compareRows(rows(...old), rows(A, B, C));
      assert.deepEqual(counts, { added: 3 - old.length, changed: 0, removed: 0 });
    }
  });

  it('counts rows that are gone, and those whose values differ, each apart', async () => {
    assert.deepEqual(await compareRows(rows(A, B, C), rows()), { added: 0, changed: 0, removed: 3 });
    const now = rows(['a', '2'], C, ['d', '1']);
    assert.deepEqual(await compareRows(rows(A, B, C), now), { added: 1, changed: 1, removed: 1 });
  });

  it('goes by the bytes of keys, as the database sorts them, and not by UTF-16', async () => {
    // U+FF5E sorts behind U+1F600 in UTF-16 and before it in UTF-8.
    const [wide, face] = [
      ['\uff5e', '1'],
      ['\u{1f600}', '1'],
    ] as [string, string][];
    const counts = await compareRows(rows(wide as never, face as never), rows(face as never));
    assert.deepEqual(counts, { added: 0, changed: 0, removed: 1 });
  });

  it('leaves out only what servers write by themselves', () => {
    const own = ['jobs.version', 'public.alive_marks', 'public.outages', 'public.knex_migrations_lock'];
    const lost = [
      'public.users',
      'public.relay_sessions',
      'public.usage_records',
      'public.alive_marks_2',
      'other.outages',
    ];
    assert.deepEqual([...own, ...lost].filter(isBookkeeping), own);
  });
});

describe('the comparison of a move', () => {
  const figures = (): MoveFigures => ({
    tables: { 'public.a': 2, 'public.b': 1 },
    ledger: { interval_seconds: '60', adjustment_seconds: '0' },
    checksums: { 'public.a': 'x', 'public.b': 'y' },
    sequences: { 'public.s': '7' },
  });

  it('finds no difference between the same figures', () => {
    assert.deepEqual(moveDifferences(figures(), figures()), []);
  });

  it('tells a table that is missing, one too many, other counts, other values and sequences, each by name', () => {
    const told = (change: (found: MoveFigures) => void): string => {
      const found = figures();
      change(found);
      const lines = moveDifferences(figures(), found);
      assert.equal(lines.length, 1, lines.join('\n'));
      return String(lines[0]);
    };
    assert.match(
      told((found) => delete found.tables['public.b']),
      /public\.b/,
    );
    assert.match(
      told((found) => (found.tables['public.c'] = 1)),
      /public\.c/,
    );
    assert.match(
      told((found) => (found.tables['public.a'] = 1)),
      /public\.a/,
    );
    assert.equal(
      told((found) => (found.checksums['public.a'] = 'z')),
      'public.a: rows with other values',
    );
    assert.equal(
      told((found) => delete found.checksums['public.a']),
      'public.a: rows with other values',
    );
    assert.equal(
      told((found) => (found.sequences['public.s'] = '6')),
      'sequence public.s: 6 instead of 7',
    );
    assert.equal(
      told((found) => delete found.sequences['public.s']),
      'sequence public.s: missing instead of 7',
    );
    assert.equal(
      told((found) => (found.sequences['public.t'] = '1')),
      'sequence public.t: 1 instead of missing',
    );
  });
});
