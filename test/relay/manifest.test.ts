import assert from 'node:assert/strict';
import { publishManifest, readManifest } from '../../src/features/relay/manifest-store.ts';
import type { RelayImage } from '../../src/features/relay/providers/provider.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';

describe('the manifest', () => {
  const lab = useRelayLab();
  const EAST: RelayImage = { region: 'us-east-1', amiId: 'ami-1', instanceType: 't4g.small' };
  const WEST: RelayImage = { region: 'eu-west-1', amiId: 'ami-2', instanceType: 't4g.small' };
  const START = new Date('2026-05-12T09:00:00Z');

  beforeEach(() => publishManifest(lab().database, [EAST, WEST], START));
  afterEach(() => lab().database('relay_manifests').delete());

  const publish = (images: RelayImage[], seconds: number) =>
    publishManifest(lab().database, images, plus(START, seconds));
  const read = () => readManifest(lab().database);

  it("is what the provider launches from, in the configuration's order", async () => {
    assert.deepEqual(await read(), [
      { ...EAST, updatedAt: START },
      { ...WEST, updatedAt: START },
    ]);
  });

  it('keeps the time of an entry that stays the same, also at another place', async () => {
    await publish([WEST, EAST], 60);
    assert.deepEqual(await read(), [
      { ...WEST, updatedAt: START },
      { ...EAST, updatedAt: START },
    ]);
  });

  it('gives an entry that changes the time of its change', async () => {
    const newer = { ...EAST, amiId: 'ami-3' };
    const larger = { ...WEST, instanceType: 't4g.medium' };
    await publish([newer, WEST], 60);
    await publish([newer, larger], 120);
    assert.deepEqual(await read(), [
      { ...newer, updatedAt: plus(START, 60) },
      { ...larger, updatedAt: plus(START, 120) },
    ]);
  });

  it('loses the regions that are no longer there', async () => {
    await publish([WEST], 60);
    assert.deepEqual(await read(), [{ ...WEST, updatedAt: START }]);
    await publish([], 120);
    assert.deepEqual(await read(), []);
  });
});
