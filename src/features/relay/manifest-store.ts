import type { Database } from '../../database/connect.ts';
import { PREPARED } from '../../database/prepared.ts';
import type { RelayImage } from './providers/provider.ts';

const TABLE = 'relay_manifests';

export interface ManifestEntry extends RelayImage {
  updatedAt: Date;
}

/** The regions with their images, in the order of the configuration. */
export async function readManifest(db: Database): Promise<ManifestEntry[]> {
  const rows: { region: string; ami_id: string; default_instance_type: string; updated_at: Date }[] = await db(TABLE)
    .select('region', 'ami_id', 'default_instance_type', 'updated_at')
    .orderBy('position')
    .options(PREPARED);
  return rows.map((row) => ({
    region: row.region,
    amiId: row.ami_id,
    instanceType: row.default_instance_type,
    updatedAt: row.updated_at,
  }));
}

/** Makes the manifest what the provider launches from; an entry that stays the same keeps its time. */
export async function publishManifest(db: Database, images: readonly RelayImage[], now: Date): Promise<void> {
  await db.transaction(async (trx) => {
    const regions = images.map((image) => image.region);
    await trx(TABLE).whereNotIn('region', regions).delete();
    for (const [position, image] of images.entries()) {
      await trx.raw(
        `insert into ${TABLE} as m (region, ami_id, default_instance_type, position, updated_at) values (?, ?, ?, ?, ?)
         on conflict (region) do update set ami_id = excluded.ami_id,
           default_instance_type = excluded.default_instance_type, position = excluded.position,
           updated_at = case when (m.ami_id, m.default_instance_type) = (excluded.ami_id, excluded.default_instance_type)
             then m.updated_at else excluded.updated_at end`,
        [image.region, image.amiId, image.instanceType, position, now],
      );
    }
  });
}
