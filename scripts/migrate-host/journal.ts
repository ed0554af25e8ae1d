import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MoveError } from './move-error.ts';

export const PHASES = [
  'plan',
  'prepare',
  'dump',
  'restore',
  'verify',
  'smoke',
  'cutover',
  'teardown-check',
  'rollback',
] as const;
export type PhaseName = (typeof PHASES)[number];

/** What is known of a phase. Times are ISO 8601. */
export interface Entry {
  /** Revision of the journal and options at which its dry run was looked at. */
  dry_run?: string;
  started_at?: string;
  finished_at?: string;
  /** Of `dump`: the old host went on writing. */
  rehearsal?: boolean;
  result?: object;
}

/** What was so before the move, for the way back. */
export interface KeptValues {
  record?: { content: string; ttl: number };
  port?: number;
}

/** The state of a move. */
export interface Journal {
  format: 1;
  inputs: string;
  /** Goes up whenever a phase starts or ends. */
  revision: number;
  phases: Partial<Record<PhaseName, Entry>>;
  kept: KeptValues;
  /** Attempts that were taken back or begun anew. */
  history: Partial<Record<PhaseName, Entry>>[];
}

export const newJournal = (inputs: string): Journal => ({
  format: 1,
  inputs,
  revision: 0,
  phases: {},
  kept: {},
  history: [],
});

const fileOf = (folder: string): string => join(folder, 'journal.json');

/** @throws MoveError for one of another move. */
export function readJournal(folder: string, inputs: string): Journal {
  let text: string;
  try {
    text = readFileSync(fileOf(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return newJournal(inputs);
    throw error;
  }
  const journal = JSON.parse(text) as Journal;
  if (journal.inputs === inputs) return journal;
  throw new MoveError(
    `${fileOf(folder)} is of a move between other places. Put the configuration back, or name another work_dir.`,
  );
}

/** Seen whole at any moment, whenever the process is killed. */
export function writeJournal(folder: string, journal: Journal): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${fileOf(folder)}.new`;
  writeFileSync(draft, `${JSON.stringify(journal, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, fileOf(folder));
}

const BEFORE: Partial<Record<PhaseName, PhaseName>> = {
  prepare: 'plan',
  dump: 'prepare',
  restore: 'dump',
  verify: 'restore',
  smoke: 'verify',
  cutover: 'smoke',
  'teardown-check': 'cutover',
};

/** @throws MoveError that names what has to come first. */
export function assertInOrder({ phases }: Journal, name: PhaseName): void {
  const refuse = (why: string, next: PhaseName): never => {
    throw new MoveError(`${name} can't run now: ${why}. Next: npm run migrate-host -- ${next}`);
  };
  if (name === 'plan') return;
  if (phases.rollback?.started_at && name !== 'rollback') refuse('a rollback is under way', 'rollback');
  if (name === 'rollback') {
    const isClosed = phases.dump?.started_at !== undefined && !phases.dump.rehearsal;
    if (!isClosed) refuse('no final dump has begun, so there is nothing to take back', nextOf(phases));
    return;
  }
  const isCutting = phases.cutover?.started_at !== undefined;
  if (isCutting && name !== 'cutover' && name !== 'teardown-check') {
    refuse('the cutover has begun; go on with it or take it back (rollback)', 'cutover');
  }
  if (isCutting && name === 'cutover' && phases.cutover?.finished_at) refuse('it is done', 'teardown-check');
  if (name === 'prepare' && phases.restore?.started_at) refuse('the new database has been filled', 'restore');
  const isFinal = phases.dump?.started_at !== undefined && phases.dump.rehearsal !== true;
  if (name === 'cutover' && !isFinal)
    refuse('the dump was a rehearsal, or there is none', phases.prepare?.finished_at ? 'dump' : nextOf(phases));
  const before = BEFORE[name] as PhaseName;
  if (!phases[before]?.finished_at) refuse(`${before} isn't done`, nextOf(phases));
}

/** The first phase that isn't done. */
function nextOf(phases: Journal['phases']): PhaseName {
  return PHASES.find((name) => !phases[name]?.finished_at) as PhaseName;
}

/** Notes the start; what came behind it before counts no more. One that was cut short goes on as what it was. */
export function begin(journal: Journal, name: PhaseName, at: string, rehearsal?: boolean): Journal {
  const before = journal.phases[name];
  const isResumed = before?.started_at !== undefined && !before.finished_at;
  const place = PHASES.indexOf(name);
  const isLater = (one: string): boolean => name !== 'rollback' && PHASES.indexOf(one as PhaseName) > place;
  const entries = Object.entries(journal.phases);
  const later = entries.filter(([one, entry]) => isLater(one) && entry.started_at);
  const entry = isResumed ? before : { started_at: at, ...(rehearsal === undefined ? {} : { rehearsal }) };
  return {
    ...journal,
    revision: journal.revision + 1,
    phases: { ...Object.fromEntries(entries.filter(([one]) => !isLater(one))), [name]: entry },
    history: later.length === 0 ? journal.history : [...journal.history, Object.fromEntries(later)],
  };
}

/** Notes the end. A rollback ends the attempt and gives back what prepare kept: the next one has to prepare again. */
export function finish(journal: Journal, name: PhaseName, at: string, result: object): Journal {
  const phases = { ...journal.phases, [name]: { ...journal.phases[name], finished_at: at, result } };
  const revision = journal.revision + 1;
  if (name !== 'rollback') return { ...journal, revision, phases };
  const { plan, ...attempt } = phases;
  return {
    ...journal,
    revision,
    phases: plan ? { plan } : {},
    kept: {},
    history: [...journal.history, attempt],
  };
}

/** What a dry run has to have been of. */
export const dryRunKey = ({ revision }: Journal, options: object): string => `${revision} ${JSON.stringify(options)}`;

/** @throws MoveError where nobody has looked at what will be done since the last change. */
export function assertLookedAt(journal: Journal, name: PhaseName, options: object): void {
  const entry = journal.phases[name];
  const isResumed = entry?.started_at !== undefined && !entry.finished_at;
  if (isResumed || entry?.dry_run === dryRunKey(journal, options)) return;
  throw new MoveError(`Look first at what ${name} will do, with --dry-run and the same options; or say --yes.`);
}
