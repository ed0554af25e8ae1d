import { BREAK_CLASSES, type Break, describePlace } from '../../test/bite/breaks.ts';

/** What each suite made of a break. Undefined: it never looks at such an answer. */
export type Verdict = Record<Suite, boolean | undefined>;

/** The suites in the order of the columns. */
export const SUITES = ['validator', 'mocha', 'dredd', 'prism', 'fuzz oracle'] as const;
export type Suite = (typeof SUITES)[number];

export interface JudgedBreak {
  broken: Break;
  verdict: Verdict;
}

/** Those that noticed. */
export function caughtBy(verdict: Verdict): Suite[] {
  return SUITES.filter((suite) => verdict[suite] === true);
}

/** A row per break. */
export function toRows(judged: JudgedBreak[]): Record<string, string>[] {
  return judged.map(({ broken, verdict }) => ({
    break: broken.class,
    answer: `${broken.operationId} ${broken.status}`,
    where: describePlace(broken),
    ...Object.fromEntries(SUITES.map((suite) => [suite, cell(verdict[suite])])),
  }));
}

/** A row per class: how many of its breaks each suite noticed, out of those that it looks at. */
export function toSummary(judged: JudgedBreak[]): Record<string, string>[] {
  return BREAK_CLASSES.map((breakClass) => {
    const ours = judged.filter(({ broken }) => broken.class === breakClass);
    const count = (suite: Suite): string => {
      const asked = ours.filter(({ verdict }) => verdict[suite] !== undefined);
      return asked.length === 0 ? '-' : `${asked.filter(({ verdict }) => verdict[suite]).length}/${asked.length}`;
    };
    const caught = ours.filter(({ verdict }) => caughtBy(verdict).length > 0);
    return {
      break: breakClass,
      ...Object.fromEntries(SUITES.map((suite) => [suite, count(suite)])),
      any: `${caught.length}/${ours.length}`,
    };
  });
}

function cell(noticed: boolean | undefined): string {
  if (noticed === undefined) return '-';
  return noticed ? 'caught' : 'not';
}
