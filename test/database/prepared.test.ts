import assert from 'node:assert/strict';
import { openPools } from '../../src/database/pools.ts';
import { createStatementNames, PREPARED } from '../../src/database/prepared.ts';
import { OFTEN, preparedOn, readOften, readThing, runsOn, usePreparedLab } from '../support/prepared-lab.ts';

describe('Statements that are prepared', () => {
  const lab = usePreparedLab();

  it('are so once for a connection, whatever their values, under a name that goes by their text', async () => {
    const { database, open } = lab();
    for (const id of [1, 2, 3, 4])
      assert.deepEqual(await readThing(database, id), { id, label: `thing ${id}`, size: id });
    await database('things').pluck('id').where({ size: 4 }).options(PREPARED);
    const [first, second, ...more] = await preparedOn(database);
    assert.deepEqual([first?.runs, second?.runs, more], [4, 1, []]);
    assert.notEqual(first?.name, second?.name);
    const other = open();
    await readThing(other, 1);
    assert.deepEqual(await preparedOn(other), [{ name: first?.name, runs: 1 }]);
    await other.destroy();
  });

  it('are only those that ask for it', async () => {
    const { database } = lab();
    await database('things').first('id').where({ id: 1 });
    assert.deepEqual(await preparedOn(database), []);
  });

  it('never answer with the columns that a table happens to have: `*` is sent as ever', async () => {
    const { database, change } = lab();
    const all = () => database('things').first('*').where({ id: 1 }).options(PREPARED);
    const renamed = () => database('things').where({ id: 1 }).update({ label: 'x' }).returning('*').options(PREPARED);
    for (const column of ['one', 'other']) {
      await all();
      await renamed();
      await change(`alter table things add column "${column}" int default 5`);
      assert.equal((await all())[column], 5);
      assert.equal((await renamed())[0][column], 5);
    }
    assert.deepEqual(await preparedOn(database), []);
  });

  it('are none through a pooler, while those that go past it are', async () => {
    const { proxy, ownUrl } = lab();
    const urls = { databaseUrl: proxy.url, directUrl: ownUrl };
    const { database: pooled, direct, close } = openPools(urls, { applicationName: 'test', poolSize: 1 });
    try {
      await readOften(pooled);
      await readOften(direct);
      assert.deepEqual([await runsOn(pooled), await runsOn(direct)], [[], [OFTEN]]);
    } finally {
      await close();
    }
  });

  it('are no more than a pool has names for', () => {
    const names = createStatementNames(2);
    const given = ['a', 'b', 'c', 'a', 'b'].map((text) => names.of(text));
    assert.deepEqual([given[2], given[3], given[4]], [undefined, given[0], given[1]]);
    assert.equal(new Set(given).size, 3);
  });

  for (const [what, changes] of Object.entries({
    'a column is added': ['alter table things add column more int not null default 0'],
    'a column is dropped that they do not name': [
      'alter table things add column gone int',
      'alter table things drop column gone',
    ],
    'the index that they go by is dropped': ['alter table things drop constraint things_pkey'],
    'a check is added and the table is written anew': ['alter table things add check (id > 0)', 'vacuum full things'],
    'another table takes its place': [
      'create table next (like things including all)',
      'begin; insert into next table things; drop table things; alter table next rename to things; commit',
    ],
  })) {
    it(`go on when ${what}`, async () => {
      const { database, change } = lab();
      await readOften(database);
      for (const sql of changes) await change(sql);
      await readOften(database);
      assert.deepEqual(await runsOn(database), [2 * OFTEN]);
    });
  }

  it('go on when a column that they name gets another type: what PostgreSQL refuses is sent again at once', async () => {
    const { database, change, sent } = lab();
    await readOften(database);
    const [before] = await preparedOn(database);
    sent.length = 0;
    await change('alter table things alter column size type bigint');
    assert.deepEqual(await readThing(database), { id: 3, label: 'thing 3', size: '3' });
    assert.equal(sent.length, 1);
    await readOften(database);
    const [old, renewed, ...more] = await preparedOn(database);
    assert.deepEqual([old?.name, renewed?.runs, more], [before?.name, OFTEN, []]);
  });

  it('are none in a transaction, which a refusal would end', async () => {
    const { database, change } = lab();
    await readOften(database);
    await change('alter table things alter column size type bigint');
    const size = await database.transaction(async (trx) => {
      await trx('things').where({ id: 3 }).update({ size: 30 });
      return (await readThing(trx)).size;
    });
    assert.equal(size, '30');
    assert.deepEqual(await runsOn(database), [OFTEN]);
  });
});
