import assert from 'node:assert/strict';
import { toCapacityStatus } from '../../src/features/capacity/capacity-status.ts';
import type { LaunchFigures, RegionRoom } from '../../src/features/relay/index.ts';

const NOW = new Date('2026-05-12T09:00:00.000Z');
const TOLD_AT = new Date('2026-05-12T08:59:50.000Z');
const USUAL_SECONDS = 40;

function statusOf(rooms: RegionRoom[], figures: Partial<LaunchFigures>[] = [], toldAt: Date | null = TOLD_AT) {
  const names = rooms.map((_, index) => `region-${index}`);
  const known = figures.map((one, index) => {
    return [`region-${index}`, { medianSeconds: null, oldestLaunchAt: null, ...one }] as const;
  });
  const reading = { rooms: new Map(names.map((name, index) => [name, rooms[index] as RegionRoom])), toldAt };
  return toCapacityStatus(reading, new Map(known), USUAL_SECONDS, NOW);
}

const levels = (...args: Parameters<typeof statusOf>) => statusOf(...args).regions.map(({ level }) => level);
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

describe('the capacity status', () => {
  it('of a region is what the provider says, and limited where it says nothing', () => {
    assert.deepEqual(levels(['plenty', 'few', 'none', 'unknown']), ['available', 'limited', 'full', 'limited']);
  });

  for (const [rooms, level] of [
    [['none', 'none'], 'full'],
    [['none', 'plenty', 'none'], 'available'],
    [['few', 'none'], 'limited'],
    [['few', 'few'], 'limited'],
    [['unknown', 'none'], 'limited'],
    [['plenty', 'plenty'], 'available'],
    [['none'], 'full'],
  ] as [RegionRoom[], string][]) {
    it(`of ${rooms.join(' and ')} together is ${level}`, () => assert.equal(statusOf(rooms).level, level));
  }

  it('expects of a start what launches there took, in whole seconds rounded up, else what is usual', () => {
    const figures = [{ medianSeconds: 17.2 }, { medianSeconds: 0 }, { medianSeconds: null }];
    assert.deepEqual(
      statusOf(['plenty', 'plenty', 'plenty', 'plenty'], figures).regions.map((one) => one.expectedStartSeconds),
      [18, 1, USUAL_SECONDS, USUAL_SECONDS],
    );
  });

  it('of a region with a launch that takes more than twice as long as expected is limited', () => {
    const figures = [80, 81].map((seconds) => ({ medianSeconds: 40, oldestLaunchAt: ago(seconds) }));
    assert.deepEqual(levels(['plenty', 'plenty'], figures), ['available', 'limited']);
  });

  it('takes no launch of up to 30 seconds for late', () => {
    const figures = [30, 31].map((seconds) => ({ medianSeconds: 1, oldestLaunchAt: ago(seconds) }));
    assert.deepEqual(levels(['plenty', 'plenty'], figures), ['available', 'limited']);
  });

  it('of a full region stays full whatever its launches do', () => {
    assert.deepEqual(levels(['none', 'few'], [{ oldestLaunchAt: ago(900) }, { oldestLaunchAt: ago(900) }]), [
      'full',
      'limited',
    ]);
  });

  it('is as old as the word of the provider', () => {
    assert.deepEqual([statusOf(['few']).updatedAt, statusOf(['unknown'], [], null).updatedAt], [TOLD_AT, NOW]);
  });

  it('has the regions in the order of the configuration', () => {
    assert.deepEqual(
      statusOf(['none', 'few', 'plenty']).regions.map(({ region }) => region),
      ['region-0', 'region-1', 'region-2'],
    );
  });
});
