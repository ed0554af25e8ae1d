import { canWrite } from '../database.ts';
import { leadingSteps, leadTo, makeWriter } from '../lead-to.ts';
import { MoveError } from '../move-error.ts';
import type { Phase } from '../phase.ts';

/** Requests go to the new host, which then becomes the writer. Until that, nobody is. */
export const cutover: Phase = {
  description: 'lead the record and the origin rule to the new host, and let it write',
  changes: true,
  async preview({ config }) {
    return [
      ...(await leadingSteps(config, config.new)),
      { step: 'worker', where: 'new host', now: '', becomes: config.hooks.newWriter ?? 'you start it' },
    ];
  },
  async run({ config, say }) {
    if (await canWrite(config.old.databaseUrl)) throw new MoveError('The old host can write. Dump again.');
    say('Leading the record to the new host …');
    await leadTo(config, config.new);
    say('Letting it write …');
    const worker = await makeWriter(config, config.new, config.old);
    return {
      record: config.new.origin,
      writer: 'new',
      worker,
      fleet: 'npm run fleet -- reconcile --dry-run, then resume',
    };
  },
};
