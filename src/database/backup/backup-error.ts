/** Something that stands in the way of a backup and that an operator can change; the message says how. */
export class BackupError extends Error {
  override name = 'BackupError';
}

/** A backup isn't what it was when it was made: its data, or what they hold once restored, differ from its manifest. */
export class BackupDamagedError extends Error {
  override name = 'BackupDamagedError';
}
