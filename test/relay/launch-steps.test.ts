import assert from 'node:assert/strict';
import { createLaunchSteps } from '../../src/features/relay/launch-steps.ts';
import { findSession, lockSession } from '../../src/features/relay/session-store.ts';
import { currentOrigin, runInContext } from '../../src/observability/work-context.ts';
import { useRelayLab } from '../support/relay-lab.ts';

describe('steps of launches that are due at once', () => {
  const lab = useRelayLab();
  let ids: string[];

  beforeEach(async () => {
    ids = [];
    while (ids.length < 5) ids.push((await lab().start(await lab().makeUser())).id);
  });

  const newSteps = () => createLaunchSteps(lab().database);

  /** A step that writes to its session. */
  const note = (steps: ReturnType<typeof newSteps>, id: string, text: string) =>
    steps(id, async (trx, locked) => {
      await trx('relay_sessions').where({ id }).update({ requested_by: text });
      return locked?.id;
    });

  const noted = async () => Promise.all(ids.map(async (id) => (await findSession(lab().database, id))?.requestedBy));

  async function countTransactions(run: () => Promise<unknown>): Promise<number> {
    let begun = 0;
    const count = ({ sql }: { sql: string }) => {
      if (sql.startsWith('BEGIN')) begun += 1;
    };
    lab().database.on('query', count);
    try {
      await run();
    } finally {
      lab().database.removeListener('query', count);
    }
    return begun;
  }

  it('are stored in two transactions: that of the first, which never waits, and one for all the others', async () => {
    const steps = newSteps();
    let told: unknown[] = [];
    const begun = await countTransactions(async () => {
      told = await Promise.all(ids.map((id) => note(steps, id, `by ${id}`)));
    });
    assert.equal(begun, 2);
    assert.deepEqual(told, ids);
    assert.deepEqual(
      await noted(),
      ids.map((id) => `by ${id}`),
    );
  });

  it('are stored although one of them fails, which alone is told so', async () => {
    const steps = newSteps();
    const [bad, ...good] = ids.toReversed() as [string, ...string[]];
    const results = await Promise.allSettled([
      ...good.map((id) => note(steps, id, 'stored')),
      steps(bad, async (trx) => {
        await trx('relay_sessions').where({ id: bad }).update({ requested_by: 'never stored' });
        throw new Error('this one fails');
      }),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      [...good.map(() => 'fulfilled'), 'rejected'],
    );
    assert.deepEqual(await noted(), ['stored', 'stored', 'stored', 'stored', 'test']);
  });

  it("don't wait for one whose session someone else holds; it is stored when that one lets go", async () => {
    const steps = newSteps();
    const [held, ...free] = ids as [string, ...string[]];
    let waiting: Promise<unknown> | undefined;
    await lab().database.transaction(async (trx) => {
      await lockSession(trx, held);
      waiting = note(steps, held, 'late');
      await Promise.all(free.map((id) => note(steps, id, 'early')));
      assert.deepEqual(await noted(), ['test', 'early', 'early', 'early', 'early']);
    });
    await waiting;
    assert.deepEqual(await noted(), ['late', 'early', 'early', 'early', 'early']);
  });

  it('each ask for jobs in the name of their own launch, whoever else is in the transaction', async () => {
    const steps = newSteps();
    const origins = await Promise.all(
      ids.map((id) =>
        runInContext(
          () => ({ requestId: `request of ${id}` }),
          () => steps(id, async () => currentOrigin()?.requestId),
        ),
      ),
    );
    assert.deepEqual(
      origins,
      ids.map((id) => `request of ${id}`),
    );
  });

  it('of one session are stored one after the other, each on what the one before left', async () => {
    const steps = newSteps();
    const [id] = ids as [string];
    const append = (text: string) =>
      steps(id, async (trx, locked) => {
        await trx('relay_sessions')
          .where({ id })
          .update({ requested_by: `${locked?.requestedBy}${text}` });
      });
    await Promise.all([append('1'), append('2'), append('3')]);
    assert.equal([...String((await noted())[0])].toSorted().join(''), '123estt');
  });

  it('are told of a session that is gone', async () => {
    assert.equal(await newSteps()('ses_none', async (_trx, locked) => locked), null);
  });
});
