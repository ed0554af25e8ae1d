import assert from 'node:assert/strict';
import { type Regions, regionNames, resolveRegion } from '../../src/features/relay/regions.ts';

const REGIONS: Regions = {
  supported: ['us-east-1', 'eu-west-1'],
  default: 'eu-west-1',
  aliases: new Map([
    ['us-east', 'us-east-1'],
    ['home', 'eu-west-1'],
    ['moon', 'moon-1'],
  ]),
};

const CASES: [preference: string | undefined, region: string | null][] = [
  [undefined, 'eu-west-1'],
  ['', 'eu-west-1'],
  ['  ', 'eu-west-1'],
  ['auto', 'eu-west-1'],
  ['AUTO', 'eu-west-1'],
  ['us-east-1', 'us-east-1'],
  ['US-East-1', 'us-east-1'],
  [' us-east-1 ', 'us-east-1'],
  ['us-east', 'us-east-1'],
  ['Home', 'eu-west-1'],
  ['moon', null],
  ['us-west-2', null],
  ['us-east-11', null],
  ['us', null],
  ['__proto__', null],
  ['default', null],
];

describe('a region preference', () => {
  for (const [preference, region] of CASES) {
    it(`${JSON.stringify(preference)} means ${region ?? 'nothing that is supported'}`, () => {
      assert.equal(resolveRegion(REGIONS, preference), region);
    });
  }

  it('is told all names that are understood when it is not', () => {
    assert.deepEqual(regionNames(REGIONS), ['auto', 'us-east-1', 'eu-west-1', 'us-east', 'home', 'moon']);
  });
});
