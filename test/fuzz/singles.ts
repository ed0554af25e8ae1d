import fc from 'fast-check';
import { toCurl } from './curl.ts';
import { complaintsAbout, findViolation } from './log-faults.ts';
import { findFault } from './oracle.ts';
import { type FuzzRequest, fuzzRequest } from './request.ts';
import { createSender, type Sender } from './send.ts';
import type { FuzzFailure, Tally } from './tally.ts';
import { type Judged, judge } from './verdict.ts';
import { openWorld, type World } from './world.ts';

const BATCH = 100;
const PARALLEL = 8;
/** Keeps the batches of neighbouring seeds apart. */
const SPREAD = 7_919;
/** Every so many batches one of requests only that are invalid or not let in, which has to leave everything as it was. */
const QUIET_EVERY = 4;

/** Sends random requests, each for itself, to an application of its own until something is wrong, or enough are sent. */
export async function sendSingles(requests: number, seed: number, tally: Tally): Promise<void> {
  const world = await openWorld();
  const sender = createSender(world.app.url);
  let sent = 0;
  try {
    for (let batch = 0; sent < requests && !tally.failure; batch += 1) {
      const material = await world.refresh();
      const wanted = Math.min(BATCH, requests - sent);
      const isQuiet = batch % QUIET_EVERY === QUIET_EVERY - 1;
      const drawn = fc.sample(fuzzRequest(material), {
        seed: seed ^ (batch * SPREAD),
        numRuns: isQuiet ? 3 * wanted : wanted,
      });
      const judged = drawn.map((request) => ({ request, judged: judge(request, material) }));
      const chosen = judged.filter((one) => !isQuiet || isRefused(one.judged)).slice(0, wanted);
      const before = isQuiet ? await world.digest() : undefined;
      await sendAll(chosen, { world, sender, tally });
      sent += chosen.length;
      if (before) tally.fail(await findChange({ world, sender, tally }, before, chosen));
    }
    tally.fail(findViolation(world.app.logLines));
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
  tally: Tally;
}

async function sendAll(chosen: Chosen[], surroundings: Surroundings): Promise<void> {
  const queue = [...chosen];
  const work = async () => {
    for (let next = queue.shift(); next && !surroundings.tally.failure; next = queue.shift()) {
      await sendOne(next, surroundings);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

async function sendOne({ request, judged }: Chosen, { world, sender, tally }: Surroundings): Promise<void> {
  const { url, logLines } = world.app;
  const fail = (fault: string, answer: string, id?: unknown) => {
    const replay = [toCurl(request, url), ...complaintsAbout(logLines, id)];
    tally.fail({ fault, answer, replay, again: undefined });
  };
  try {
    const answer = await sender.send(request);
    tally.count(judged.operation?.id ?? 'none', answer.status);
    const fault = findFault(request, judged, answer);
    if (fault !== undefined) fail(fault, `${answer.status} ${answer.text}`, answer.headers['x-request-id']);
  } catch (error) {
    fail(`no answer: ${(error as Error).message}`, '');
  }
}

/** Which of the invalid requests changed something, if one did: they are sent again one by one to find out. */
async function findChange(
  { world, sender }: Surroundings,
  before: Digest,
  chosen: Chosen[],
): Promise<FuzzFailure | undefined> {
  const changed = differing(before, await world.digest());
  if (changed.length === 0) return undefined;
  for (const { request } of chosen) {
    const present = await world.rows(changed);
    const { status, text } = await sender.send(request);
    const rows = await world.rows(changed);
    const differences = [
      ...present.filter((row) => !rows.includes(row)).map((row) => `- ${row}`),
      ...rows.filter((row) => !present.includes(row)).map((row) => `+ ${row}`),
    ];
    if (differences.length === 0) continue;
    const fault = `an invalid request changed rows:\n${differences.join('\n')}`;
    const replay = [toCurl(request, world.app.url)];
    return { fault, replay, answer: `${status} ${text}`, again: undefined };
  }
  const fault = `a batch of invalid requests changed ${changed.join(', ')}, once`;
  return { fault, replay: [], answer: '', again: undefined };
}

function differing(before: Digest, after: Digest): string[] {
  return Object.keys(after).filter((table) => after[table] !== before[table]);
}
