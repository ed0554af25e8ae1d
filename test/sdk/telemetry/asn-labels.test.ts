import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAsnLookup } from '../../../src/sdk/node/asn-labels.ts';
import { createLinkTelemetry } from '../../../src/sdk/telemetry/index.ts';
import { writeAddressDatabase } from '../../support/address-database.ts';
import { connection, snapshot } from './fixtures.ts';

describe('Labels by a database of ASNs', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemy-asn-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('name links whose network the receiver does not tell; those that are not in it have a number', async () => {
    const file = join(folder, 'asn.mmdb');
    const record = { autonomous_system_organization: 'T-Mobile USA, Inc.' };
    await writeAddressDatabase(file, { firstByte: 198, type: 'GeoLite2-ASN', record });
    const telemetry = createLinkTelemetry({ lookup: await openAsnLookup(file) });
    const addrs = ['198.51.100.21:1', '203.0.113.84:2', '[c600::1]:3', 'modem-a'];
    assert.deepEqual(
      telemetry.feed(snapshot(addrs.map((addr) => connection({ addr }))), 0).links.map(({ label }) => label),
      ['T-Mobile', 'Link 2', 'Link 3', 'Link 4'],
    );
  });

  it('are refused of a file that is no such database', async () => {
    const file = join(folder, 'country.mmdb');
    await writeAddressDatabase(file, { firstByte: 198, type: 'GeoLite2-Country', record: { x: 'x' } });
    await assert.rejects(openAsnLookup(file), /GeoLite2-Country/);
    await writeFile(join(folder, 'none.mmdb'), 'none');
    await assert.rejects(openAsnLookup(join(folder, 'none.mmdb')));
    await assert.rejects(openAsnLookup(join(folder, 'missing.mmdb')), { code: 'ENOENT' });
  });
});
