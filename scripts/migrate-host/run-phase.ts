import { type Clock, systemClock } from '../../src/clock.ts';
import { digestOf, type MoveConfig } from './config.ts';
import {
  assertInOrder,
  assertLookedAt,
  begin,
  dryRunKey,
  finish,
  type Journal,
  type PhaseName,
  readJournal,
  writeJournal,
} from './journal.ts';
import { underLock } from './lock.ts';
import type { Move, MoveOptions, Phase, Step } from './phase.ts';
import { cutover } from './phases/cutover.ts';
import { dump } from './phases/dump.ts';
import { plan } from './phases/plan.ts';
import { prepare } from './phases/prepare.ts';
import { restore } from './phases/restore.ts';
import { rollback } from './phases/rollback.ts';
import { smoke } from './phases/smoke.ts';
import { teardownCheck } from './phases/teardown-check.ts';
import { verify } from './phases/verify.ts';

export const phases: Record<PhaseName, Phase> = {
  plan,
  prepare,
  dump,
  restore,
  verify,
  smoke,
  cutover,
  rollback,
  'teardown-check': teardownCheck,
};

export interface RunOptions extends Partial<MoveOptions> {
  config: MoveConfig;
  env: NodeJS.ProcessEnv;
  /** Only show what will be done. */
  dryRun?: boolean;
  /** Do it although nobody has looked. */
  yes?: boolean;
  clock?: Clock;
  say?: (text: string) => void;
}

/**
 * Runs one phase of a move, or shows what it will do, and notes it in the journal.
 *
 * @returns the steps of a dry run, or the phase's result.
 * @throws MoveError for one that is out of order or that nobody has looked at, and for what stands in its way.
 */
export async function runPhase(name: PhaseName, options: RunOptions): Promise<{ steps: Step[] } | { result: object }> {
  const { config, env, dryRun = false, yes = false, clock = systemClock, say = () => undefined } = options;
  const chosen: MoveOptions = { rehearse: options.rehearse ?? false, acceptLoss: options.acceptLoss ?? false };
  return underLock(config.workDir, async () => {
    let journal = readJournal(config.workDir, digestOf(config));
    const store = (next: Journal): void => {
      journal = next;
      writeJournal(config.workDir, journal);
    };
    const move: Move = {
      config,
      options: chosen,
      clock,
      env,
      say,
      journal: () => journal,
      keep: (values) => store({ ...journal, kept: { ...values, ...journal.kept } }),
    };
    assertInOrder(journal, name);
    const phase = phases[name];
    if (dryRun) {
      const steps = await phase.preview(move);
      const entry = { ...journal.phases[name], dry_run: dryRunKey(journal, chosen) };
      store({ ...journal, phases: { ...journal.phases, [name]: entry } });
      return { steps };
    }
    if (phase.changes && !yes) assertLookedAt(journal, name, chosen);
    const rehearsal = name === 'dump' ? chosen.rehearse : undefined;
    store(begin(journal, name, clock.now().toISOString(), rehearsal));
    const result = await phase.run(move);
    store(finish(journal, name, clock.now().toISOString(), result));
    return { result };
  });
}
