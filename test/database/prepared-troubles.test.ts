import assert from 'node:assert/strict';
import type { Database } from '../../src/database/connect.ts';
import { PREPARED } from '../../src/database/prepared.ts';
import { eventually } from '../support/eventually.ts';
import { OFTEN, preparedOn, readOften, readThing, runsOn, usePreparedLab } from '../support/prepared-lab.ts';

describe('Statements that are prepared, in trouble', () => {
  const lab = usePreparedLab();

  it('report what is wrong with them, once, and are no worse for it afterwards', async () => {
    const { database, sent } = lab();
    const sixth = (by: number) => database.raw('select 6 / ?::int as part', [by]).options(PREPARED);
    await assert.rejects(async () => sixth(0), { code: '22012' });
    await assert.rejects(async () => database.raw('select nothing').options(PREPARED), { code: '42703' });
    assert.deepEqual((await sixth(3)).rows, [{ part: 2 }]);
    assert.equal(sent.length, 3);
  });

  it('are prepared anew on the next connection when theirs has ended', async () => {
    const { database, change } = lab();
    await readOften(database);
    const first = await backendOf(database);
    await change(`select pg_terminate_backend(${first})`);
    await eventually(() => readThing(database));
    assert.notEqual(await backendOf(database), first);
    assert.deepEqual(await runsOn(database), [1]);
  });

  it('are prepared anew behind a failover, whatever has changed meanwhile', async () => {
    const { database, proxy, change } = lab();
    await readOften(database);
    await proxy.cut();
    await change('alter table things alter column size type bigint; alter table things add column more int');
    await proxy.restore();
    await eventually(async () => assert.equal((await readThing(database)).size, '3'));
    assert.deepEqual(await runsOn(database), [1]);
  });

  for (const [when, times] of [
    ['while they are prepared', 0],
    ['when they were prepared long ago', OFTEN],
  ] as const) {
    it(`that get no answer ${when} harm none that come after`, async () => {
      const { database, proxy } = lab();
      await database.raw('select 1');
      for (let turn = 0; turn < times; turn += 1) await readThing(database);
      proxy.hang();
      await assert.rejects(readThing(database), /Query read timeout/);
      proxy.resume();
      await readOften(database);
      assert.deepEqual(await runsOn(database), [OFTEN]);
    });
  }

  it('are given up for good where their session has lost them, as behind a pooler that we were not told of', async () => {
    const { database } = lab();
    await readOften(database);
    await database.raw('deallocate all');
    await readOften(database);
    await database.raw('select 1').options(PREPARED);
    assert.deepEqual(await runsOn(database), []);
  });

  it('are given up for good where another has left them in their session, as behind such a pooler', async () => {
    const { database, open } = lab();
    const other = open();
    await readThing(other);
    const [{ name } = { name: '' }] = await preparedOn(other);
    await other.destroy();
    await database.raw(`prepare ${name} as select 5 as id`);
    await readOften(database);
    await database.raw('select 1').options(PREPARED);
    assert.deepEqual(await preparedOn(database), [{ name, runs: 0 }]);
  });
});

async function backendOf(database: Database): Promise<number> {
  return (await database.raw('select pg_backend_pid() as pid')).rows[0].pid;
}
