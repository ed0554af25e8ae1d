import fc from 'fast-check';
import { readFuzzOperations } from '../contract.ts';
import { findViolation } from '../log-faults.ts';
import { createSender } from '../send.ts';
import type { FuzzFailure, Tally } from '../tally.ts';
import { playSequence } from './play.ts';
import { type Cast, SequenceFault } from './player.ts';
import { openStage } from './stage.ts';
import { type Step, stepSequence } from './step.ts';

export interface SequencesOptions {
  /** How many requests to send, at least. */
  requests: number;
  seed: number;
  /** Plays only the sequence that this path leads to from the seed. */
  path: string | undefined;
  tally: Tally;
}

/** How many stages sequences are played on at a time, each with a clock of its own. */
const STAGES = 4;
/** Keeps the seeds of neighbouring runs' sequences apart. */
const SPREAD = 104_729;
/** How long a shorter sequence that fails too is looked for, in milliseconds. */
const SHRINK_LIMIT_MS = 120_000;

/** Plays random sequences, each with users of its own, until something is wrong, or enough requests are sent. */
export async function playSequences({ requests, seed, path, tally }: SequencesOptions): Promise<void> {
  let sent = 0;
  let played = 0;
  const onAnswer = () => {
    sent += 1;
  };
  const perform = async () => {
    const stage = await openStage();
    const sender = createSender(stage.app.url);
    try {
      const cast: Cast = {
        stage,
        sender,
        operations: readFuzzOperations(),
        onAnswer(operation, status) {
          if (tally.failure) return;
          onAnswer();
          tally.count(operation, status);
        },
      };
      if (path !== undefined) return tally.fail(await checkSequence(cast, { seed, path, tally }));
      while (sent < requests && !tally.failure) {
        const own = (seed + played * SPREAD) % 2 ** 31;
        played += 1;
        tally.fail(await checkSequence(cast, { seed: own, path, tally }));
      }
    } finally {
      tally.fail(findViolation(stage.app.logLines));
      sender.close();
      await stage.close();
    }
  };
  await Promise.all(Array.from({ length: path === undefined ? STAGES : 1 }, perform));
}

/** Plays one sequence; when it fails, ever shorter ones that do so too. */
async function checkSequence(
  cast: Cast,
  { seed, path, tally }: Omit<SequencesOptions, 'requests'>,
): Promise<FuzzFailure | undefined> {
  let isFirst = true;
  const play = async (steps: Step[]) => {
    const isNew = isFirst;
    isFirst = false;
    if (isNew) tally.countSequence(steps.length);
    // What is sent to find a shorter sequence isn't part of the run.
    await playSequence(isNew ? cast : { ...cast, onAnswer: () => {} }, steps);
  };
  const result = await fc.check(fc.asyncProperty(stepSequence(cast.operations), play), {
    seed,
    numRuns: 1,
    ...(path === undefined ? {} : { path, endOnFailure: true }),
    interruptAfterTimeLimit: SHRINK_LIMIT_MS,
  });
  if (!result.failed) return undefined;
  const error = result.errorInstance;
  if (!(error instanceof SequenceFault)) throw error;
  const again = { seed, path: result.counterexamplePath ?? '0' };
  return { fault: error.message, answer: error.trace.at(-1) ?? '', replay: error.trace, again };
}
