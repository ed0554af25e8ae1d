/** What became of a row: new here, changed with its source, unchanged since an earlier import, or changed here since. */
export type ImportOutcome = 'imported' | 'updated' | 'present' | 'kept';

/** What an import did with one table of the source. `read` is the sum of the rest. */
export interface TableReport extends Record<ImportOutcome, number> {
  read: number;
  /** Rows by the reason why they were left out. */
  leftOut: Record<string, number>;
  /** Columns that nothing is known of. */
  unknownColumns: string[];
  /** Known columns that the source lacks; null: it lacks the table. */
  lackedColumns: string[] | null;
}

/** A row that was left out. */
export interface LeftOutRow {
  table: string;
  id: string;
  reason: string;
}

/** Collects what an import does. */
export interface ImportReport {
  table(name: string): TableReport;
  tables(): [name: string, report: TableReport][];
  note(table: string, outcome: ImportOutcome): void;
  /** @param reason without anything of the row itself, so that rows can be counted by it. */
  leaveOut(table: string, id: string, reason: string): void;
  /** Leaves out rows that are of no use any more, without naming each. */
  pass(table: string, count: number, reason: string): void;
  /** Says something that an operator should know or do. */
  tell(note: string): void;
  leftOut: LeftOutRow[];
  notes: string[];
}

export function createImportReport(): ImportReport {
  const tables = new Map<string, TableReport>();
  const leftOut: LeftOutRow[] = [];
  const notes: string[] = [];

  const table = (name: string): TableReport => {
    let found = tables.get(name);
    if (!found) {
      const counts = { read: 0, imported: 0, updated: 0, present: 0, kept: 0 };
      found = { ...counts, leftOut: {}, unknownColumns: [], lackedColumns: [] };
      tables.set(name, found);
    }
    return found;
  };

  const pass = (name: string, count: number, reason: string): void => {
    if (count === 0) return;
    const found = table(name);
    found.read += count;
    found.leftOut[reason] = (found.leftOut[reason] ?? 0) + count;
  };

  return {
    table,
    tables: () => [...tables],
    note(name, outcome) {
      const found = table(name);
      found.read += 1;
      found[outcome] += 1;
    },
    leaveOut(name, id, reason) {
      pass(name, 1, reason);
      leftOut.push({ table: name, id, reason });
    },
    pass,
    tell: (note) => void notes.push(note),
    leftOut,
    notes,
  };
}
