/**
 * Proof that the contract tests bite: breaks the server's answers at the HTTP edge in ten ways, each on a few operations,
 * and shows which suite notices (test/bite). Run by `npm run test:bite`; ends with 1 when nobody notices a break, or when
 * a suite finds a fault while nothing is broken.
 */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { formatTable } from '../src/table.ts';
import { type Break, describePlace } from '../test/bite/breaks.ts';
import type { SeenAnswer } from '../test/bite/candidates.ts';
import { chooseBreaks } from '../test/bite/choose.ts';
import { openContractTools, type ToolVerdict } from '../test/bite/contract-tools.ts';
import { commonStatuses, runMocha } from '../test/bite/mocha-run.ts';
import { endOnSignals } from '../test/support/signals.ts';
import { beginTestRun, closeTestRun, shareCluster } from '../test/support/test-run.ts';
import { inTurns } from './test-bite/in-turns.ts';
import { caughtBy, type JudgedBreak, toRows, toSummary } from './test-bite/report.ts';

interface Options {
  seed: number;
  perClass: number;
  jobs: number;
}

const { seed = randomInt(2 ** 31), ...counts } = new Command('test:bite')
  .description('Breaks answers at the HTTP edge in ten ways and shows which contract tests notice.')
  .option('--seed <number>', 'what the choice of breaks follows from; a random one by default', readSeed)
  .option('--per-class <count>', 'how many operations each way is tried on', readCount, 3)
  .option('--jobs <count>', 'how many suites of tests run at a time', readCount, 2)
  .parse()
  .opts<Partial<Options> & Omit<Options, 'seed'>>();
const options: Options = { seed, ...counts };

const startedAt = Date.now();
console.log(`Seed ${options.seed}: repeat this run with --seed ${options.seed} --per-class ${options.perClass}`);
await beginTestRun();
endOnSignals(closeTestRun);
try {
  await shareCluster();
  const judged = await biteAll(options);
  const colors = process.stdout.hasColors?.() ?? false;
  console.log(`\n${formatTable(toRows(judged), colors)}\n${formatTable(toSummary(judged), colors)}`);
  console.log('validator: the check in the client of all tests; "-": never looks at such an answer');
  const missed = judged.filter(({ verdict }) => caughtBy(verdict).length === 0);
  for (const { broken } of missed) console.log(`Nobody noticed: ${describe(broken)}`);
  console.log(`${judged.length - missed.length} of ${judged.length} breaks noticed (seed ${options.seed})`);
  if (missed.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await closeTestRun();
}

async function biteAll({ seed, perClass, jobs }: Options): Promise<JudgedBreak[]> {
  say('Nothing is broken yet: Dredd and Prism');
  const tools = await openContractTools();
  try {
    const seen = await tools.see();
    say(`They are content with ${seen.length} answers`);
    const breaks = chooseBreaks(seen, { seed, perClass });
    const [verdicts, runs] = await Promise.all([judgeByTools(breaks, seen), judgeByMocha(breaks, jobs)]);
    return breaks.map((broken, index) => {
      const { dredd, prism, oracle } = verdicts.get(broken) as ToolVerdict;
      return { broken, verdict: { ...runs[index], dredd, prism, 'fuzz oracle': oracle } as JudgedBreak['verdict'] };
    });
  } finally {
    await tools.close();
  }

  async function judgeByTools(breaks: Break[], seen: SeenAnswer[]) {
    const verdicts = await tools.judge(breaks, seen);
    say("Dredd, Prism and the fuzzer's oracle have seen all breaks");
    return verdicts;
  }
}

/** First with nothing broken, then for each break. */
async function judgeByMocha(breaks: Break[], jobs: number) {
  const operations = [...new Set(breaks.map(({ operationId }) => operationId))];
  await inTurns(operations, jobs, async (operationId, done) => {
    const ours = breaks.filter((broken) => broken.operationId === operationId);
    const { passed, failed, faults, output } = await runMocha(operationId, ours.flatMap(commonStatuses));
    if (failed > 0 || faults !== '')
      throw new Error(`With nothing broken tests of ${operationId} fail:\n${faults}${output}`);
    say(`Nothing broken, ${done}/${operations.length}: ${passed} tests of ${operationId} pass`);
  });
  return inTurns(breaks, jobs, async (broken, done) => {
    const { failed, faults, met } = await runMocha(broken.operationId, commonStatuses(broken), broken);
    const verdict = met ? { validator: faults !== '', mocha: failed > 0 } : { validator: undefined, mocha: undefined };
    const noticed = [...(verdict.validator ? ['validator'] : []), ...(verdict.mocha ? ['mocha'] : [])];
    say(
      `Broken ${done}/${breaks.length}: ${describe(broken)}: ${met ? noticed.join(', ') || 'not noticed' : 'not met'}`,
    );
    return verdict;
  });
}

function describe(broken: Break): string {
  return `${broken.class}, ${broken.operationId} ${broken.status} ${describePlace(broken)}`.trimEnd();
}

function say(text: string): void {
  console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${text}`);
}

function readCount(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 99.');
  return Number(text);
}

function readSeed(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of up to ten digits.');
  return Number(text);
}
