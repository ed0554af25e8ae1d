import fc from 'fast-check';
import { toCurl } from './curl.ts';
import { findFault } from './oracle.ts';
import { type FuzzRequest, fuzzRequest } from './request.ts';
import { createSender, type FuzzAnswer, type Sender } from './send.ts';
import { type Judged, judge } from './verdict.ts';
import { openWorld, type World } from './world.ts';

export interface FuzzOptions {
  requests: number;
  seed: number;
  /** Hears how many requests are done. */
  onProgress?: (done: number) => void;
}

export interface FuzzResult {
  sent: number;
  /** How often each operation answered with each status; `none` for requests to no operation. */
  histogram: Map<string, Map<number, number>>;
  /** What went wrong first, with a line that sends the request again. */
  failure: { fault: string; curl: string; answer: string } | undefined;
}

const BATCH = 100;
const PARALLEL = 8;
/** Keeps the batches of neighbouring seeds apart. */
const SPREAD = 7_919;
/** Every so many batches one of requests only that are invalid or not let in, which has to leave everything as it was. */
const QUIET_EVERY = 4;

/** Sends random requests to an application of its own until one is answered as it must not be, or enough are sent. */
export async function runFuzz({ requests, seed, onProgress = () => {} }: FuzzOptions): Promise<FuzzResult> {
  const result: FuzzResult = { sent: 0, histogram: new Map(), failure: undefined };
  const world = await openWorld();
  const sender = createSender(world.app.url);
  try {
    for (let batch = 0; result.sent < requests && !result.failure; batch += 1) {
      const material = await world.refresh();
      const wanted = Math.min(BATCH, requests - result.sent);
      const isQuiet = batch % QUIET_EVERY === QUIET_EVERY - 1;
      const drawn = fc.sample(fuzzRequest(material), {
        seed: seed ^ (batch * SPREAD),
        numRuns: isQuiet ? 3 * wanted : wanted,
      });
      const judged = drawn.map((request) => ({ request, judged: judge(request, material) }));
      const chosen = judged.filter((one) => !isQuiet || isRefused(one.judged)).slice(0, wanted);
      const before = isQuiet ? await world.digest() : undefined;
      await sendAll(chosen, { world, sender, result });
      if (before) result.failure ??= await findChange({ world, sender, result }, before, chosen);
      onProgress(result.sent);
    }
    result.failure ??= findViolation(world);
    return result;
  } finally {
    sender.close();
    await world.close();
  }
}

function isRefused({ verdict, letIn }: Judged): boolean {
  return verdict === 'outside' || !letIn;
}

type Digest = Record<string, string>;

interface Chosen {
  request: FuzzRequest;
  judged: Judged;
}

interface Surroundings {
  world: World;
  sender: Sender;
  result: FuzzResult;
}

async function sendAll(chosen: Chosen[], surroundings: Surroundings): Promise<void> {
  const queue = [...chosen];
  const work = async () => {
    for (let next = queue.shift(); next && !surroundings.result.failure; next = queue.shift()) {
      await sendOne(next, surroundings);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

async function sendOne({ request, judged }: Chosen, { world, sender, result }: Surroundings): Promise<void> {
  const fail = (fault: string, answer: string) => {
    result.failure ??= { fault, curl: toCurl(request, world.app.url), answer };
  };
  try {
    const answer = await sender.send(request);
    result.sent += 1;
    count(result, judged, answer);
    const fault = findFault(request, judged, answer);
    if (fault !== undefined) fail(fault, `${answer.status} ${answer.text}`);
  } catch (error) {
    fail(`no answer: ${(error as Error).message}`, '');
  }
}

function count({ histogram }: FuzzResult, { operation }: Judged, { status }: FuzzAnswer): void {
  const name = operation?.id ?? 'none';
  const statuses = histogram.get(name) ?? new Map<number, number>();
  histogram.set(name, statuses.set(status, (statuses.get(status) ?? 0) + 1));
}

/** Which of the invalid requests changed something, if one did: they are sent again one by one to find out. */
async function findChange({ world, sender }: Surroundings, before: Digest, chosen: Chosen[]) {
  const changed = differing(before, await world.digest());
  if (changed.length === 0) return undefined;
  for (const { request } of chosen) {
    const present = await world.digest();
    const { status, text } = await sender.send(request);
    const now = differing(present, await world.digest());
    if (now.length === 0) continue;
    const fault = `an invalid request changed ${now.join(', ')}`;
    return { fault, curl: toCurl(request, world.app.url), answer: `${status} ${text}` };
  }
  return { fault: `a batch of invalid requests changed ${changed.join(', ')}, once`, curl: '', answer: '' };
}

function differing(before: Digest, after: Digest): string[] {
  return Object.keys(after).filter((table) => after[table] !== before[table]);
}

/** The application's own complaints, and secrets in its log. */
function findViolation({ app }: World): FuzzResult['failure'] {
  const bad = /contract_violation|unhandled_request_error|eyJhbGciOi/;
  const complaint = /"level":(?:50|60)/;
  // Most of the webhooks that are sent here cannot be worked on, which is for operators to hear.
  const expected = /"msg":"(?:billing_event_dead|billing_unknown_variant)"\}\s*$/;
  const line = app.logLines.find((text) => bad.test(text) || (complaint.test(text) && !expected.test(text)));
  return line === undefined
    ? undefined
    : { fault: 'something in the log that must not be there', curl: '', answer: line };
}
