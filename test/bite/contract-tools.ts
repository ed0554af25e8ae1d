import { API_ROOT } from '../../src/http/contract-document.ts';
import { prepareRequests } from '../contract/dredd-requests.ts';
import { runDredd } from '../contract/dredd-run.ts';
import {
  type ContractRun,
  isSuccess,
  type PreparedRequest,
  type PreparedRequests,
} from '../contract/prepared-request.ts';
import { runPrismProxy } from '../contract/prism-run.ts';
import { openTroubledServers } from '../contract/troubled-servers.ts';
import { isPathOf, readAnsweredOperations } from '../support/answer-check.ts';
import { openShop } from '../support/shop.ts';
import { breakAnswers } from './break-answers.ts';
import type { Break, WireAnswer } from './breaks.ts';
import type { SeenAnswer } from './candidates.ts';
import { oracleFault } from './fuzz-oracle.ts';
import { rewriteAnswers } from './wire-edge.ts';

/** Who noticed a break; undefined: it was not asked, because it never looks at such an answer. */
export interface ToolVerdict {
  dredd: boolean;
  prism: boolean | undefined;
  oracle: boolean | undefined;
}

/** Dredd, `prism proxy` and the fuzzer's oracle, with an application of their own in this process. */
export interface ContractTools {
  /** Sends all requests with nothing broken. @throws Error when a tool finds a fault. */
  see(): Promise<SeenAnswer[]>;
  /** Breaks one answer per operation and status at a time, and lets all tools look at each. */
  judge(breaks: Break[], seen: SeenAnswer[]): Promise<Map<Break, ToolVerdict>>;
  close(): Promise<void>;
}

// Limits that nobody reaches: their headers are in all answers. We are the proxy that says by what the client came.
const ENV = { MIN_CLIENT_VERSION: '0.0.5', RATE_LIMIT_FACTOR: '1000', TRUSTED_PROXIES: '127.0.0.0/8' };
const OPENAPI = 'openapi.yaml';

export async function openContractTools(): Promise<ContractTools> {
  const shop = await openShop({ env: ENV });
  const troubled = await openTroubledServers(shop.app, ENV);
  // Without 429: to use up every limit for each break takes too long.
  const { 429: _, ...servers } = troubled.servers;

  /** Anew each time: many can be answered so only once. */
  const prepare = async (): Promise<PreparedRequests> => {
    await shop.app.provider.faults.reset();
    return prepareRequests(shop, servers);
  };
  const target = { openapi: OPENAPI, url: shop.app.url };

  const judgeRound = async (breaks: Break[], seen: SeenAnswer[]): Promise<[Break, ToolVerdict][]> => {
    const keys = breaks.map(keyOf);
    const sent = only(keys, await prepare());
    const answers = new Map<Break, WireAnswer>();
    let mend = breakAnswers(breaks, (broken, answer) => answers.set(broken, answer));
    const dredd = await runDredd({ ...target, requests: sent }).finally(mend);
    const forPrism = only(keys.filter(isSuccess), await prepare());
    mend = breakAnswers(breaks, () => undefined);
    const prism = await runPrismProxy({ ...target, requests: forPrism }).finally(mend);
    return breaks.map((broken) => {
      const key = keyOf(broken);
      const answer = answers.get(broken);
      if (!answer) throw new Error(`Dredd never got the broken answer of ${key}.`);
      const before = seen.find((one) => seenKey(one) === key) as SeenAnswer;
      const request = sent[key] as PreparedRequest;
      const isQuiet = oracleFault(key, request, before.answer) === undefined;
      return [
        broken,
        {
          dredd: failed(dredd, key),
          prism: isSuccess(key) ? failed(prism, key) : undefined,
          oracle: isQuiet ? oracleFault(key, request, answer) !== undefined : undefined,
        },
      ];
    });
  };

  return {
    async see() {
      const seen = new Map<string, SeenAnswer>();
      const stop = noteAnswers(seen);
      const requests = await prepare();
      const dredd = await runDredd({ ...target, requests }).finally(stop);
      const keys = Object.keys(requests);
      const prism = await runPrismProxy({ ...target, requests: only(keys.filter(isSuccess), await prepare()) });
      const faults = [...dredd.failures, ...prism.failures].filter((fault) => keys.some((key) => isOf(fault, key)));
      if (faults.length > 0) throw new Error(`With nothing broken Dredd or Prism found:\n${faults.join('\n')}`);
      return keys.flatMap((key) => seen.get(key) ?? []);
    },
    async judge(breaks, seen) {
      const verdicts = new Map<Break, ToolVerdict>();
      for (const round of roundsOf(breaks)) {
        for (const [broken, verdict] of await judgeRound(round, seen)) verdicts.set(broken, verdict);
      }
      return verdicts;
    },
    async close() {
      await troubled.close();
      await shop.seller.close();
      await shop.app.stop();
    },
  };
}

/** Notes the last answer of each operation and status that this process gives. Returns how to stop. */
function noteAnswers(seen: Map<string, SeenAnswer>): () => void {
  const operations = readAnsweredOperations();
  return rewriteAnswers(({ method, target }, answer) => {
    const path = (target.split('?')[0] as string).slice(API_ROOT.length);
    const operation = operations.find((one) => one.method === method && isPathOf(one.path, path));
    if (operation) seen.set(seenKey({ operation, answer }), { operation, answer });
    return undefined;
  });
}

/** As few rounds as it takes to have each answer broken in one way only. */
function roundsOf(breaks: Break[]): Break[][] {
  const rounds: Break[][] = [];
  for (const broken of breaks) {
    const free = rounds.find((round) => round.every((one) => keyOf(one) !== keyOf(broken)));
    if (free) free.push(broken);
    else rounds.push([broken]);
  }
  return rounds;
}

function failed({ failures }: ContractRun, key: string): boolean {
  return failures.some((failure) => isOf(failure, key));
}

function isOf(failure: string, key: string): boolean {
  return failure.startsWith(`${key}:`);
}

function only(keys: string[], requests: PreparedRequests): PreparedRequests {
  return Object.fromEntries(Object.entries(requests).filter(([key]) => keys.includes(key)));
}

function keyOf({ method, path, status }: Break): string {
  return `${method} ${path} ${status}`;
}

function seenKey({ operation: { method, path }, answer: { status } }: SeenAnswer): string {
  return `${method} ${path} ${status}`;
}
