import assert from 'node:assert/strict';
import { createImportReport } from '../../src/database/import/report.ts';
import { openLegacySource } from '../../src/features/legacy-import/index.ts';
import { assertRefused, operatorOf } from '../commands/operator.ts';
import { createLegacyDatabase } from '../support/legacy-database.ts';
import { useApp } from '../support/test-app.ts';

describe('the database to import from', () => {
  const app = useApp({ roles: ['api'] });
  const open = (url: string) => openLegacySource(url, createImportReport());

  it("is not this service's own", async () => {
    await assert.rejects(open(app().databaseUrl), /this service's own database/);
  });

  it('has to be there', async () => {
    await assert.rejects(
      open('postgresql://127.0.0.1:1/legacy'),
      /cannot be read \(.*ECONNREFUSED.*Is the URL right\?/,
    );
  });

  it('has to hold a restored dump', async () => {
    const legacy = await createLegacyDatabase();
    await legacy.query('drop table users');
    await assert.rejects(open(legacy.url), /no table users.*pg_restore --no-owner/);
    await legacy.drop();
  });

  it('has to be named, by one of two ways', async () => {
    assertRefused(await operatorOf(app()).run('import-legacy'), /--from URL, or its dump with --dump FILE/);
  });
});
