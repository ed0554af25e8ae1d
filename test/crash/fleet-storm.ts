import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ec2, startEc2 } from '../support/ec2/index.ts';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start } from '../support/factories.ts';
import { stop } from '../support/relay-calls.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { type Lab, openLab } from './lab.ts';

/** A storm over a fleet at EC2. */
export interface StormOptions {
  /** Sessions that are started at once; half of them are stopped again on the way. */
  sessions: number;
  /** How often the worker is killed. */
  kills: number;
  /** Milliseconds between two kills. */
  everyMs: number;
  seed: number;
}

/** What a storm left behind. */
export interface StormResult {
  active: number;
  failed: number;
  stopped: number;
  /** Calls of RunInstances that EC2 carried out and whose answer was lost. */
  lostAnswers: number;
  throttled: number;
  /** Calls of any kind that ran into a fault. */
  hit: number;
  seconds: number;
}

const REGIONS = ['us-east-1', 'eu-west-1'];
/** Everything is to be in order this long after the last kill, in milliseconds. */
const SETTLE_MS = 90_000;

/**
 * Starts sessions at once while EC2 loses answers, throttles and has an availability zone without room, and the worker is
 * killed again and again. Asserts that afterwards the instances are those of the live sessions, none doubled and none
 * leaked, with every security group that belongs to one and none else.
 */
export async function runStorm({ sessions, kills, everyMs, seed }: StormOptions): Promise<StormResult> {
  const began = performance.now();
  const random = createSeededRandom(seed);
  const ec2 = await startEc2({
    random,
    timing: { pendingMs: 300, shuttingDownMs: 200, hiddenMs: 200 },
  });
  const folder = await mkdtemp(join(tmpdir(), 'telemy-fleet-'));
  let lab: Lab | undefined;
  try {
    for (const region of REGIONS) ec2.setQuotas(region, { vcpus: 100_000, instances: 10_000 });
    const [full] = ec2.place(REGIONS[0] as string).subnets;
    ec2.setCapacity({ region: REGIONS[0] as string, subnetId: full?.subnetId as string }, 0);
    lab = await openLab(await environmentOf(ec2, folder));
    ec2.faults = [
      { kind: 'throttled', share: 0.1 },
      { kind: 'lost', share: 0.2 },
    ];
    const started = await startAll(lab, sessions);
    const stops = started.filter(() => random() < 0.5);
    const stopping = stopAll(lab, stops, everyMs, random);
    await killWorkers(lab, kills, everyMs);
    const stopped = await stopping;
    ec2.faults = [];
    return {
      ...(await assertInOrder(lab, ec2, started)),
      stopped,
      lostAnswers: ec2.calls.filter(({ action, outcome }) => action === 'RunInstances' && outcome === 'lost').length,
      hit: ec2.calls.filter(({ outcome }) => outcome === 'lost' || outcome === 'RequestLimitExceeded').length,
      throttled: ec2.calls.filter(({ outcome }) => outcome === 'RequestLimitExceeded').length,
      seconds: Math.round((performance.now() - began) / 1000),
    };
  } finally {
    await lab?.close();
    await ec2.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function environmentOf(ec2: Ec2, folder: string): Promise<Record<string, string>> {
  const file = join(folder, 'fleet.yaml');
  const places = REGIONS.map((region) => {
    const { subnets, imageIds, groupId } = ec2.place(region);
    return `  ${region}: { ami: ${imageIds[0]}, subnets: [${subnets.map(({ subnetId }) => subnetId).join(', ')}], security_group: ${groupId} }`;
  });
  const images = 'images: { srtla: example.com/srtla:1, sls: example.com/sls:1 }';
  const head = ['instance_types: [t3.small, t3a.small]', 'probe_cidr: 127.0.0.0/8', images, 'regions:'];
  await writeFile(file, [...head, ...places, ''].join('\n'));
  return {
    RELAY_PROVIDER: 'aws',
    AWS_FLEET_FILE: file,
    AWS_ENDPOINT_URL: ec2.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    SUPPORTED_REGIONS: REGIONS.join(','),
    // The relays of the stand-in report to nobody.
    PUBLIC_BASE_URL: 'http://127.0.0.1:9',
  };
}

interface Started {
  token: string;
  id: string;
}

async function startAll(lab: Lab, sessions: number): Promise<Started[]> {
  const { token } = await signInNewUser(lab.api, 'internal');
  const users = await Promise.all(
    Array.from({ length: Math.ceil(sessions / 90) }, () => signInNewUser(lab.api, 'internal')),
  );
  const tokens = [token, ...users.map((user) => user.token)];
  return Promise.all(
    Array.from({ length: sessions }, async (_, index) => {
      const owner = tokens[index % tokens.length] as string;
      const answer = await start(lab.api, owner, { connection_id: randomUUID() });
      assert.equal(answer.status, 201, answer.text);
      return { token: owner, id: answer.body.session.session_id as string };
    }),
  );
}

/** One after the other, spread over the storm. */
async function stopAll(lab: Lab, stops: Started[], everyMs: number, random: () => number): Promise<number> {
  for (const { token, id } of stops) {
    const { status } = await stop(lab.api, token, { session_id: id });
    assert.ok(status === 200 || status === 202);
    await new Promise((resolve) => setTimeout(resolve, (random() * everyMs) / stops.length));
  }
  return stops.length;
}

/** Kills the worker in the middle of its work, each time with the next one at it at once. */
async function killWorkers(lab: Lab, kills: number, everyMs: number): Promise<void> {
  let worker = await lab.start('worker');
  for (let done = 0; done < kills; done += 1) {
    await new Promise((resolve) => setTimeout(resolve, everyMs / 2 + randomInt(everyMs)));
    worker.kill('SIGKILL');
    await worker.exited;
    worker = await lab.start('worker');
  }
}

async function assertInOrder(lab: Lab, ec2: Ec2, started: Started[]) {
  const { database } = lab.api;
  const stored = async () => {
    const rows: { id: string; status: string; instance_id: string | null }[] = await database('relay_sessions');
    return rows;
  };
  await eventually(
    async () => {
      const rows = await stored();
      assert.deepEqual(rows.filter(({ status }) => status === 'provisioning').length, 0, 'sessions still come up');
      const live = rows.filter(({ status }) => status !== 'stopped');
      const wanted = live.map(({ id, instance_id }) => `${id} ${instance_id}`).sort();
      const there = ec2
        .live()
        .map(({ tags, instanceId }) => `${tags['telemy:session-id']} ${instanceId}`)
        .sort();
      assert.deepEqual(there, wanted, 'the instances are those of the live sessions');
      const groups = REGIONS.flatMap((region) => ec2.securityGroups(region)).filter(
        ({ tags }) => tags['telemy:session-id'],
      );
      assert.deepEqual(
        groups.map(({ tags }) => tags['telemy:session-id']).sort(),
        live.map(({ id }) => id).sort(),
        'so are the security groups',
      );
    },
    { timeoutMs: SETTLE_MS, intervalMs: 500 },
  );
  const rows = await stored();
  assert.equal(rows.length, started.length);
  return {
    active: rows.filter(({ status }) => status === 'active').length,
    failed: (await database('relay_sessions').whereNotNull('failure_code')).length,
  };
}
