import type { Clock } from '../../src/clock.ts';
import type { MoveConfig } from './config.ts';
import type { Journal, KeptValues } from './journal.ts';

/** What an operator adds on the command line. */
export interface MoveOptions {
  /** Of `dump`: the old host goes on writing. */
  rehearse: boolean;
  /** Of `rollback`: what was written on the new host may be lost. */
  acceptLoss: boolean;
}

/** What a phase works with. */
export interface Move {
  config: MoveConfig;
  options: MoveOptions;
  clock: Clock;
  /** As it is while the phase runs. */
  journal(): Journal;
  /** Keeps values for the way back; those that are kept already stay. */
  keep(values: KeptValues): void;
  say(text: string): void;
  /** The environment, for the storage of backups. */
  env: NodeJS.ProcessEnv;
}

/** A row of what a phase will do. */
export interface Step {
  step: string;
  where: string;
  now: string;
  becomes: string;
}

export interface Phase {
  description: string;
  /** Whether anything outside of the work folder changes: such a phase is looked at with `--dry-run` first. */
  changes: boolean;
  /** What it will do; changes nothing. @throws MoveError where it could not. */
  preview(move: Move): Promise<Step[]>;
  /** May be run again after having been cut short anywhere. @returns what the journal keeps and the operator reads. */
  run(move: Move): Promise<object>;
}
