import { placeOf } from '../config.ts';
import { canWrite, withClient } from '../database.ts';
import { readDumpNote } from '../dump-files.ts';
import { type MoveFigures, moveDifferences, readMoveFigures } from '../figures.ts';
import { MoveError } from '../move-error.ts';
import type { Phase } from '../phase.ts';

const MOST_TOLD = 10;

/** Everything that was dumped is there, and, unless it is a rehearsal, nothing was written since. */
export const verify: Phase = {
  description: 'compare rows, checksums, sequences and the ledger of both databases with the dump',
  changes: false,
  preview: async ({ config }) =>
    [config.old, config.new].map(({ databaseUrl }) => ({
      step: 'compare',
      where: placeOf(databaseUrl),
      now: '',
      becomes: 'rows, checksums, sequences, ledger',
    })),
  async run({ config, journal, say }) {
    const { figures: expected } = readDumpNote(config.workDir);
    const rehearsal = journal().phases.dump?.rehearsal === true;
    say('Reading the new database …');
    const found = await figuresOf(config.new.databaseUrl);
    assertSame('the new database', expected, found);
    const paused = await withClient(config.new.databaseUrl, (client) =>
      client.query(`select report_only from public.fleet_control`),
    );
    if (paused.rows[0]?.report_only !== true)
      throw new MoveError('The fleet of the new host is not paused. Restore again.');
    if (await canWrite(config.new.databaseUrl))
      throw new MoveError('The new database can be written to. Restore again.');
    if (!rehearsal) {
      say('Reading the old database …');
      if (await canWrite(config.old.databaseUrl)) throw new MoveError('The old host can write again. Dump again.');
      assertSame('the old database', expected, await figuresOf(config.old.databaseUrl));
    }
    const rows = Object.values(found.tables).reduce((sum, count) => sum + count, 0);
    const sizes = { tables: Object.keys(found.tables).length, rows, sequences: Object.keys(found.sequences).length };
    return { same: rehearsal ? 'new and dump' : 'old, new and dump', ...sizes, ...found.ledger };
  },
};

/** In one snapshot. */
export function figuresOf(url: string): Promise<MoveFigures> {
  return withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read, read only');
    return await readMoveFigures(client);
  });
}

function assertSame(what: string, expected: MoveFigures, found: MoveFigures): void {
  const lines = moveDifferences(expected, found);
  if (lines.length === 0) return;
  const more = lines.length > MOST_TOLD ? [`and ${lines.length - MOST_TOLD} more`] : [];
  throw new MoveError(
    [
      `${what} differs from the dump. Begin again: npm run migrate-host -- dump`,
      ...lines.slice(0, MOST_TOLD),
      ...more,
    ].join('\n  '),
  );
}
