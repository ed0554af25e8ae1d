/** Of each suite, by its name, the answers that it got: `operationId status` each. */
export type AnswersBySuite = Record<string, readonly string[]>;

export interface Coverage {
  /** A row per operation, with a column per status: the initials of the suites that got the answer. */
  rows: Record<string, string>[];
  /** Declared answers that no suite got. */
  missing: string[];
  declared: number;
  /** How many declared answers each suite got. */
  bySuite: Record<string, number>;
}

/** What stands for an answer that is declared and that nobody got. */
const MISSING = '!!';

/** Who got which declared answer. @param declared `operationId status` each, in the contract's order. */
export function coverageOf(declared: readonly string[], answers: AnswersBySuite): Coverage {
  const pairs = declared.map((answer) => {
    const [operation = '', status = ''] = answer.split(' ');
    const suites = Object.keys(answers).filter((suite) => answers[suite]?.includes(answer));
    return { answer, operation, status, initials: suites.map((suite) => suite.charAt(0).toUpperCase()).join('') };
  });
  const statuses = [...new Set(pairs.map(({ status }) => status))].sort();
  const rows = [...new Set(pairs.map(({ operation }) => operation))].map((operation) => {
    const cells = statuses.map((status) => {
      const pair = pairs.find((one) => one.operation === operation && one.status === status);
      // JavaScript would put a name that is a number before all others.
      return [`${status} `, pair ? pair.initials || MISSING : ''] as const;
    });
    return { operation, ...Object.fromEntries(cells) };
  });
  const missing = pairs.filter(({ initials }) => initials === '').map(({ answer }) => answer);
  const count = (suite: string) => declared.filter((answer) => answers[suite]?.includes(answer)).length;
  const bySuite = Object.fromEntries(Object.keys(answers).map((suite) => [suite, count(suite)]));
  return { rows, missing, declared: declared.length, bySuite };
}
