import assert from 'node:assert/strict';
import {
  CapacityUnavailableError,
  type InstanceDescription,
  type InstanceRef,
  type Placement,
  ProviderRejectedError,
  type ProvisionRequest,
  type RelayProvider,
  type TidyRequest,
} from '../../src/features/relay/providers/provider.ts';
import { PROVISION_STEPS } from '../../src/features/relay/session.ts';
import { eventually } from '../support/eventually.ts';

/** A provider with room for at least six relays in each of two regions, and what a test has to do around it. */
export interface ProviderLab {
  provider: RelayProvider;
  /** Two of the provider's regions; with no room in the first, a launch may go to the second. */
  regions: readonly [first: string, second: string];
  /** A request in the first region with a token, a session and a stream of its own, for this region alone. */
  request(values?: Partial<ProvisionRequest>): ProvisionRequest;
  /** An instance id of the provider's form that nothing has. */
  unknownId: string;
  /** Called between two looks at what comes up or goes down; a clock may be moved here. */
  proceed?(): unknown;
  /** An instance ends without us. */
  lose(instance: InstanceDescription): Promise<void>;
  /** Leaves no room in these regions for the rest of the test. */
  fill(regions: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What every provider promises, whatever its relays are made of. Each test has a lab of its own. */
export function describeConformance(name: string, open: () => Promise<ProviderLab>): void {
  describe(`the provider ${name}`, () => {
    let lab: ProviderLab;
    let provider: RelayProvider;
    /** What was noted for each token, as the database does. */
    let places: Map<string, string>;

    beforeEach(async () => {
      places = new Map();
      lab = await open();
      ({ provider } = lab);
    });
    afterEach(() => lab.close());

    const refOf = ({ instanceId, sessionId, region }: InstanceDescription): InstanceRef => ({
      instanceId,
      sessionId,
      region,
    });
    const listed = async (deployment: string) =>
      (await provider.list(deployment)).map(({ instanceId }) => instanceId).sort();

    const placementOf = ({ token }: ProvisionRequest): Placement => ({
      last: places.get(token) ?? null,
      note: async (place) => void places.set(token, place),
    });
    const provision = (request: ProvisionRequest) => provider.provision(request, placementOf(request));

    /** Brings an instance up to the end; answers what was said on the way. */
    async function bringUp(request: ProvisionRequest, made: InstanceDescription): Promise<InstanceDescription[]> {
      const seen: InstanceDescription[] = [];
      await eventually(async () => {
        const instance = await provider.bringUp(refOf(made), request);
        assert.ok(instance, 'it vanished');
        seen.push(instance);
        await lab.proceed?.();
        assert.equal(instance.step, 'ready');
      });
      return seen;
    }

    async function ready(request = lab.request()): Promise<InstanceDescription> {
      const made = await provision(request);
      return (await bringUp(request, made)).at(-1) as InstanceDescription;
    }

    async function takeDown(instance: InstanceRef): Promise<void> {
      await eventually(async () => {
        const isGone = await provider.deprovision(instance);
        await lab.proceed?.();
        assert.equal(isGone, true);
      });
    }

    it('has a name, and says how soon to ask and how long a start takes', () => {
      assert.equal(provider.name, name);
      assert.equal(provider.pollIntervalMs > 0 && provider.pollIntervalMs <= 5_000, true);
      assert.equal(provider.usualStartSeconds > 0 && provider.usualStartSeconds <= 180, true);
    });

    it('makes one instance of a token that is asked for again, and describes it alike', async () => {
      const request = lab.request();
      const made = await provision(request);
      for (let again = 0; again < 3; again += 1) {
        const { instanceId, token, sessionId, region } = await provision(request);
        assert.deepEqual(
          [instanceId, token, sessionId, region],
          [made.instanceId, made.token, made.sessionId, made.region],
        );
      }
      assert.deepEqual(await listed(request.deployment), [made.instanceId]);
    });

    it('makes one instance of a token that is asked for 20 times at once', async () => {
      const request = lab.request();
      const all = await Promise.all(Array.from({ length: 20 }, () => provision(request)));
      assert.equal(new Set(all.map(({ instanceId }) => instanceId)).size, 1);
      assert.equal((await provider.list(request.deployment)).length, 1);
    });

    it('makes no second instance of a token once the first has been taken down', async () => {
      const request = lab.request();
      const made = await provision(request);
      await takeDown(refOf(made));
      const again = await provision(request);
      assert.deepEqual([again.instanceId, again.state], [made.instanceId, 'terminated']);
      assert.deepEqual(await listed(request.deployment), []);
    });

    it('makes another instance of another token, even for the same session', async () => {
      const first = lab.request();
      const second = lab.request({ sessionId: first.sessionId });
      const made = [await provision(first), await provision(second)];
      const ids = made.map(({ instanceId }) => instanceId).sort();
      assert.equal(new Set(ids).size, 2);
      assert.deepEqual(await listed(first.deployment), ids);
    });

    it('says of an instance which token, session and region it is of, from the beginning to the end', async () => {
      const request = lab.request();
      const expected = [request.token, request.sessionId, request.region];
      const made = await provision(request);
      const all = [made, ...(await bringUp(request, made)), await provider.describe(refOf(made))];
      all.push(...(await provider.list(request.deployment)));
      for (const one of all) assert.deepEqual([one?.token, one?.sessionId, one?.region], expected);
      for (const one of all) assert.equal(one?.instanceId, made.instanceId);
    });

    it('brings an instance up step by step, never back, until it runs and has an address', async () => {
      const request = lab.request();
      const made = await provision(request);
      const seen = await bringUp(request, made);
      const steps = [made, ...seen].map(({ step }) => PROVISION_STEPS.indexOf(step));
      assert.deepEqual(
        steps,
        steps.toSorted((a, b) => a - b),
      );
      const last = seen.at(-1);
      assert.equal(last?.state, 'running');
      assert.match(String(last?.address?.publicIp), /^[0-9a-f.:]+$/);
      const { srtPort, playerPort, statsPort, slsPort } = last?.address ?? {};
      for (const port of [srtPort, playerPort, statsPort, slsPort]) assert.equal(Number(port) > 0, true);
    });

    it('keeps what is ready as it is when it is brought up or provisioned again', async () => {
      const request = lab.request();
      const up = await ready(request);
      const again = await provision(request);
      assert.deepEqual([again.instanceId, again.state, again.address], [up.instanceId, 'running', up.address]);
      assert.deepEqual(await provider.bringUp(refOf(up), request), up);
    });

    it('changes nothing by describing', async () => {
      const request = lab.request();
      const up = await ready(request);
      const seen = await provider.describe(refOf(up));
      assert.deepEqual([seen?.instanceId, seen?.state, seen?.address], [up.instanceId, 'running', up.address]);
      for (let again = 0; again < 3; again += 1) assert.deepEqual(await provider.describe(refOf(up)), seen);
      assert.deepEqual(await provider.bringUp(refOf(up), request), up);
    });

    it('knows nothing of an instance that never was', async () => {
      const unknown = { ...refOf(await ready()), instanceId: lab.unknownId };
      assert.equal(await provider.describe(unknown), null);
      assert.equal(await provider.bringUp(unknown, lab.request()), null);
    });

    it('takes an instance down until nothing is left, and is no worse for being asked again', async () => {
      const up = await ready();
      await takeDown(refOf(up));
      assert.deepEqual(await listed(lab.request().deployment), []);
      const end = await provider.describe(refOf(up));
      assert.equal(end === null || end.state === 'terminated', true);
      assert.equal(await provider.deprovision(refOf(up)), true);
    });

    it('takes an instance down that never came up', async () => {
      const request = lab.request();
      await takeDown(refOf(await provision(request)));
      assert.deepEqual(await listed(request.deployment), []);
    });

    it('takes an instance down when 10 ask for it at once', async () => {
      const up = await ready();
      await Promise.all(Array.from({ length: 10 }, () => provider.deprovision(refOf(up))));
      await takeDown(refOf(up));
      assert.deepEqual(await listed(lab.request().deployment), []);
    });

    it('has nothing to take down of an instance that never was', async () => {
      const known = refOf(await ready());
      const unknown = { ...known, instanceId: lab.unknownId };
      assert.equal(await provider.deprovision(unknown), true);
      assert.deepEqual(await listed(lab.request().deployment), [known.instanceId]);
    });

    it('leaves every other instance alone when it takes one down', async () => {
      const request = lab.request();
      const [kept, gone] = [await ready(request), await ready()];
      await takeDown(refOf(gone));
      assert.deepEqual(await provider.bringUp(refOf(kept), request), kept);
    });

    it("lists the deployment's own instances, of every region, and no others", async () => {
      const [first, second] = lab.regions;
      const ours = [await ready(lab.request({ region: first })), await ready(lab.request({ region: second }))];
      const other = lab.request({ deployment: `${lab.request().deployment}-2` });
      const theirs = await provision(other);
      assert.deepEqual(await listed(lab.request().deployment), ours.map(({ instanceId }) => instanceId).sort());
      assert.deepEqual(await listed(other.deployment), [theirs.instanceId]);
      assert.deepEqual(await listed('nobody'), []);
    });

    it('no longer lists an instance that ended without us, and finishes its end', async () => {
      const up = await ready();
      await lab.lose(up);
      await eventually(async () => {
        const end = await provider.describe(refOf(up));
        assert.equal(end === null || end.state === 'terminated', true);
        await lab.proceed?.();
      });
      assert.deepEqual(await listed(lab.request().deployment), []);
      await takeDown(refOf(up));
    });

    it('tells the capacity and the image of every region', async () => {
      for (const { available } of await provider.capacity())
        assert.equal(['plenty', 'few', 'none'].includes(available), true);
      const regions = (all: { region: string }[]) => all.map(({ region }) => region).sort();
      assert.deepEqual(regions(await provider.capacity()), lab.regions.toSorted());
      assert.deepEqual(regions(provider.images()), lab.regions.toSorted());
      for (const { amiId, instanceType } of provider.images()) assert.equal(amiId !== '' && instanceType !== '', true);
    });

    it('refuses a region that it does not have', async () => {
      await assert.rejects(provision(lab.request({ region: 'moon-1' })), ProviderRejectedError);
    });

    it('says that there is no room where there is none, and makes nothing then', async () => {
      await lab.fill([lab.regions[0]]);
      const before = await listed(lab.request().deployment);
      await assert.rejects(provision(lab.request()), CapacityUnavailableError);
      assert.deepEqual(await listed(lab.request().deployment), before);
    });

    it('finds nothing to tidy where everything fits, and only says so without being told to act', async () => {
      const request = lab.request();
      const up = await ready(request);
      const live = (act: boolean): TidyRequest => ({
        deployment: lab.request().deployment,
        liveAmong: async (ids) => new Set(ids),
        usersAmong: async (ids) => new Set(ids),
        act,
        limit: 5,
      });
      assert.deepEqual(await provider.tidy(live(false)), []);
      assert.deepEqual(await provider.tidy(live(true)), []);
      assert.deepEqual(await provider.bringUp(refOf(up), request), up);
    });

    it('changes nothing when it tidies without being told to act, whatever it finds', async () => {
      const request = lab.request();
      const up = await ready(request);
      const nobody: TidyRequest = {
        deployment: lab.request().deployment,
        liveAmong: async () => new Set(),
        usersAmong: async () => new Set(),
        act: false,
        limit: 5,
      };
      const said = await provider.tidy(nobody);
      assert.deepEqual(await provider.tidy(nobody), said);
      assert.deepEqual(await provider.bringUp(refOf(up), request), up);
    });

    it('can be closed twice, and its relays go on', async () => {
      await ready();
      await provider.close();
      await provider.close();
    });
  });
}
