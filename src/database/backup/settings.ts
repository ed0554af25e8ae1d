/** How backups are made and kept, as the configuration says. */
export interface BackupSettings {
  destination: BackupDestination;
  /** Whether the destination was named, rather than left to the default folder. */
  isDestinationGiven: boolean;
  /** `undecided`: nobody said whom to encrypt for, nor that it may be left out; nothing is backed up then. */
  encryption: 'age' | 'none' | 'undecided';
  /** Whom backups are encrypted for, as age writes it (`age1…`). */
  recipients: readonly string[];
  /** A file of age identities, to decrypt with; needed to verify and restore alone. */
  identityFile: string | undefined;
  /** When the worker makes one, daily, in UTC; undefined: it makes none. */
  schedule: DailyTime | undefined;
  /** The folder of PostgreSQL's programs; undefined: they are looked for. */
  pgBinDir: string | undefined;
}

export interface DailyTime {
  /** 0 to 23. */
  hour: number;
  /** 0 to 59. */
  minute: number;
}

/** Where backups are kept. */
export type BackupDestination =
  | { kind: 'folder'; folder: string }
  | {
      kind: 's3';
      bucket: string;
      /** Empty, or ends with a slash. */
      prefix: string;
      /** Undefined: AWS's own. */
      endpointUrl: string | undefined;
      region: string;
      /** Undefined: wherever the SDK finds some. */
      credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
    };
