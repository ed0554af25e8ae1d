import assert from 'node:assert/strict';
import { labelOf } from '../../../src/sdk/telemetry/index.ts';

describe('Labels of links', () => {
  for (const [organization, label] of Object.entries({
    'T-Mobile USA, Inc.': 'T-Mobile',
    'T-MOBILE-AS21928': 'T-Mobile',
    'AT&T Mobility': 'AT&T',
    'ATT-INTERNET4': 'AT&T',
    'Verizon Wireless': 'Verizon',
    'CELLCO-PART': 'Verizon',
    'Space Exploration Technologies Corporation': 'Starlink',
    'Deutsche Telekom AG': 'Deutsche Telekom',
    'Freenet GmbH & Co. KG': 'Freenet',
    'Orange S.A.': 'Orange',
    'TIM S.p.A.': 'TIM',
    'Globe Telecom, Inc': 'Globe Telecom',
    'Co.': 'Co.',
    '  Bouygues \u200b Telecom  SA ': 'Bouygues Telecom',
  })) {
    it(`call ${JSON.stringify(organization)} ${label}`, () => assert.equal(labelOf(organization), label));
  }

  it('take the names of a table before the ones built in', () => {
    assert.equal(labelOf('T-Mobile USA, Inc.', [[/t-mobile/gi, 'Magenta']]), 'Magenta');
    assert.equal(labelOf('Example Mobile', [[/example/i, 'Mine']]), 'Mine');
  });

  for (const organization of [
    '198.51.100.21',
    'T-Mobile USA 198.51.100.21',
    'host-198-51-100-21.example.net',
    'Net 198[.]51[.]100[.]21',
    'ISP 198 . 51 . 100 . 21',
    'ISP 1\u200b98.51.100.21',
    'ISP １９８.５１.１００.２１',
    'ISP 198。51。100。21',
    '2001:db8::7a Telecom',
    'ISP ::ffff:c633:6415',
    'ISP 3325256725',
    'ISP 0xC6336415',
    '12345',
    '',
    ' , ',
  ]) {
    it(`give none for ${JSON.stringify(organization)}, in which there is an address or no name`, () => {
      assert.equal(labelOf(organization), null);
    });
  }

  it('give no address that a table names', () => {
    assert.equal(labelOf('Example', [[/example/i, '198.51.100.21']]), null);
  });

  it('are at most 40 characters', () => {
    assert.equal(labelOf('Long '.repeat(40))?.length, 39);
  });
});
