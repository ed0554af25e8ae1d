import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createDigest } from '../../../src/database/backup/digest.ts';
import { runPostgresTool } from '../../../src/database/backup/postgres-run.ts';
import { findPostgresTools } from '../../../src/database/backup/postgres-tools.ts';
import { asOnlyBackup, withSnapshot } from '../../../src/database/backup/snapshot.ts';
import { placeOf } from '../config.ts';
import { canWrite, closeForWrites } from '../database.ts';
import { type DumpNote, dumpFile, noteFile } from '../dump-files.ts';
import { readMoveFigures } from '../figures.ts';
import type { Move, Phase } from '../phase.ts';

const LIMIT_MS = 12 * 3_600_000;

/** The old host stops writing before anything is read: what was answered with success is in the dump. */
export const dump: Phase = {
  description: 'make the old database read-only, and dump it (--rehearse: only dump it)',
  changes: true,
  async preview({ config, options }) {
    const where = placeOf(config.old.databaseUrl);
    const now = (await canWrite(config.old.databaseUrl)) ? 'writes' : 'read-only';
    const close = { step: 'read-only', where, now, becomes: 'read-only; writes get 503' };
    const write = { step: 'dump', where: dumpFile(config.workDir), now: '', becomes: 'one snapshot, counted' };
    return options.rehearse ? [write] : [close, write];
  },
  async run(move) {
    const { config, options, say } = move;
    if (!options.rehearse) {
      say('The old host stops writing …');
      await closeForWrites(config.old.databaseUrl);
    }
    const note = await writeDump(move);
    const rows = Object.values(note.figures.tables).reduce((sum, count) => sum + count, 0);
    return { rehearsal: options.rehearse, bytes: note.bytes, rows, sha256: note.sha256 };
  },
};

async function writeDump({ config, say }: Move): Promise<DumpNote> {
  const { workDir, old } = config;
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  await rm(noteFile(workDir), { force: true });
  const note = await asOnlyBackup(old.databaseUrl, (client) =>
    withSnapshot(client, async (snapshot): Promise<DumpNote> => {
      const { id, serverMajor, schemaVersion } = snapshot;
      say('Counting and summing rows …');
      const figures = await readMoveFigures(client);
      const tools = await findPostgresTools({ tools: ['pg_dump'], atLeast: serverMajor, binDir: config.pgBinDir });
      say('Dumping …');
      const digest = createDigest();
      const args = ['--format=custom', '--no-owner', '--no-acl', `--snapshot=${id}`, '--no-password'];
      const storing = pipeline(
        digest.stream,
        createWriteStream(`${dumpFile(workDir)}.partial`, { mode: 0o600, flush: true }),
      );
      await Promise.all([
        runPostgresTool(tools.path('pg_dump'), args, {
          url: old.databaseUrl,
          output: digest.stream,
          timeoutMs: LIMIT_MS,
        }),
        storing,
      ]);
      return { ...digest.result(), major: tools.major, schemaVersion, figures };
    }),
  );
  await rename(`${dumpFile(workDir)}.partial`, dumpFile(workDir));
  await writeFile(noteFile(workDir), JSON.stringify(note), { mode: 0o600 });
  return note;
}
