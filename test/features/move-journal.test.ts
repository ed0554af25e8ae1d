import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assertInOrder,
  begin,
  finish,
  type Journal,
  newJournal,
  type PhaseName,
  readJournal,
  writeJournal,
} from '../../scripts/migrate-host/journal.ts';
import { underLock } from '../../scripts/migrate-host/lock.ts';

const AT = '2026-11-27T10:00:00.000Z';
const LATER = '2026-11-27T11:00:00.000Z';

/** A journal in which these phases were done, in this order; `dump --rehearse` as `rehearsal`. */
function done(...names: (PhaseName | 'rehearsal')[]): Journal {
  return names.reduce((journal, one) => {
    const name = one === 'rehearsal' ? 'dump' : one;
    return finish(begin(journal, name, AT, name === 'dump' ? one === 'rehearsal' : undefined), name, AT, {});
  }, newJournal('inputs'));
}

const FILLED = ['plan', 'prepare', 'dump', 'restore'] as const;
const READY = [...FILLED, 'verify', 'smoke'] as const;

const REFUSED: [what: string, journal: Journal, name: PhaseName, next: PhaseName][] = [
  ['prepare before plan', done(), 'prepare', 'plan'],
  ['dump before prepare', done('plan'), 'dump', 'prepare'],
  ['restore while the dump was cut short', begin(done('plan', 'prepare'), 'dump', AT, false), 'restore', 'dump'],
  ['verify before restore', done('plan', 'prepare', 'dump'), 'verify', 'restore'],
  ['smoke before verify', done(...FILLED), 'smoke', 'verify'],
  ['cutover before smoke', done(...FILLED, 'verify'), 'cutover', 'smoke'],
  ['cutover of a rehearsal', done('plan', 'prepare', 'rehearsal', 'restore', 'verify', 'smoke'), 'cutover', 'dump'],
  ['teardown-check before cutover', done(...READY), 'teardown-check', 'cutover'],
  ['prepare over a filled database', done(...FILLED), 'prepare', 'restore'],
  ['rollback before any dump', done('plan', 'prepare'), 'rollback', 'dump'],
  ['rollback of a rehearsal', done('plan', 'prepare', 'rehearsal'), 'rollback', 'restore'],
  ['dump while a cutover is under way', begin(done(...READY), 'cutover', AT), 'dump', 'cutover'],
  ['restore behind a cutover', done(...READY, 'cutover'), 'restore', 'cutover'],
  ['a second cutover', done(...READY, 'cutover'), 'cutover', 'teardown-check'],
  ['cutover while a rollback is under way', begin(done(...READY), 'rollback', AT), 'cutover', 'rollback'],
  ['cutover behind a rollback', done(...READY, 'cutover', 'rollback'), 'cutover', 'prepare'],
  ['dump behind a rollback', done(...READY, 'rollback'), 'dump', 'prepare'],
  ['rollback behind a rollback', done(...READY, 'rollback'), 'rollback', 'prepare'],
];

describe('the journal of a move', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'move-journal-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const file = () => join(folder, 'journal.json');

  for (const [what, journal, name, next] of REFUSED) {
    it(`refuses ${what}, and says that ${next} is next`, () => {
      const told = new RegExp(`^${name} can't run now: .*\\. Next: npm run migrate-host -- ${next}$`);
      assert.throws(() => assertInOrder(journal, name), { name: 'MoveError', message: told });
    });
  }

  it('lets each phase run behind the one before it, and again as long as no cutover has begun', () => {
    READY.forEach((name, place) => {
      assertInOrder(done(...READY.slice(0, place)), name);
      if (name !== 'prepare') assertInOrder(done(...READY), name);
    });
    assertInOrder(done(...READY), 'cutover');
    assertInOrder(begin(done(...READY), 'cutover', AT), 'cutover');
    assertInOrder(done(...READY, 'cutover'), 'rollback');
    assertInOrder(begin(done('plan', 'prepare'), 'dump', AT, false), 'rollback');
    assertInOrder(begin(done(...READY), 'rollback', AT), 'rollback');
    assertInOrder(done(...READY, 'rollback'), 'prepare');
  });

  it('a phase that was cut short goes on as what it was: its start, and whether it was a rehearsal', () => {
    const cut = begin(done('plan', 'prepare'), 'dump', AT, true);
    assert.deepEqual(begin(cut, 'dump', LATER, false).phases.dump, { started_at: AT, rehearsal: true });
    assert.deepEqual(begin(done('plan', 'prepare', 'dump'), 'dump', LATER, true).phases.dump, {
      started_at: LATER,
      rehearsal: true,
    });
  });

  it('a phase that is done anew takes back what came behind it, which stays in the history', () => {
    const again = begin(done(...READY), 'dump', LATER, false);
    assert.deepEqual(Object.keys(again.phases), ['plan', 'prepare', 'dump']);
    assert.deepEqual(Object.keys(again.history[0] ?? {}), ['restore', 'verify', 'smoke']);
  });

  it('a rollback undoes prepare with the rest of the attempt, and forgets what prepare kept for it', () => {
    const kept = { record: { content: '192.0.2.1', ttl: 300 }, port: 8080 };
    const before = begin({ ...done(...READY, 'cutover'), kept }, 'rollback', AT);
    assert.deepEqual(before.kept, kept, 'needed until its end');
    const back = finish(before, 'rollback', LATER, {});
    assert.deepEqual(Object.keys(back.phases), ['plan']);
    assert.deepEqual(back.kept, {});
    assert.deepEqual(Object.keys(back.history[0] ?? {}), [
      'prepare',
      'dump',
      'restore',
      'verify',
      'smoke',
      'cutover',
      'rollback',
    ]);
    const again = finish(begin(back, 'prepare', LATER), 'prepare', LATER, {});
    assertInOrder(again, 'dump');
  });

  it('is whole at any moment: a draft that was cut short changes nothing, and only its owner can read it', async () => {
    writeJournal(folder, done('plan'));
    await writeFile(`${file()}.new`, '{"form', { mode: 0o600 });
    assert.deepEqual(readJournal(folder, 'inputs'), done('plan'));
    const before = await stat(file());
    writeJournal(folder, done('plan', 'prepare'));
    const after = await stat(file());
    assert.notEqual(after.ino, before.ino, 'another file took its place');
    assert.equal(after.mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['journal.json']);
    assert.deepEqual(readJournal(folder, 'inputs'), done('plan', 'prepare'));
  });

  it('of a move between other places is refused and left as it is; one that is damaged is not begun anew', async () => {
    writeJournal(folder, done('plan'));
    const text = await readFile(file(), 'utf8');
    const told =
      /journal\.json is of a move between other places\. Put the configuration back, or name another work_dir/;
    assert.throws(() => readJournal(folder, 'others'), { name: 'MoveError', message: told });
    assert.equal(await readFile(file(), 'utf8'), text);
    await writeFile(file(), text.slice(0, 40));
    assert.throws(() => readJournal(folder, 'inputs'), SyntaxError);
  });

  it('is worked on by one process at a time: the second is refused and does nothing', async () => {
    const worked: string[] = [];
    await underLock(folder, async () => {
      const second = underLock(folder, async () => worked.push('second'));
      await assert.rejects(second, {
        name: 'MoveError',
        message: `Process ${process.pid} works on this move. Wait for it.`,
      });
      assert.equal(await readFile(join(folder, 'lock'), 'utf8'), String(process.pid), 'the holder keeps it');
      worked.push('first');
    });
    assert.deepEqual(worked, ['first']);
    assert.deepEqual(await readdir(folder), []);
  });

  it('the lock of a process that is gone is taken over, and a failure gives it back', async () => {
    // Above any process number of Linux.
    await writeFile(join(folder, 'lock'), String(2 ** 22 + 1));
    await assert.rejects(
      underLock(folder, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.equal(await underLock(folder, async () => 'done'), 'done');
  });
});
