/** What a unit of systemd may lack: each file is a text of `Name=value` lines. */
const NEEDED = [
  'NoNewPrivileges=yes',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'CapabilityBoundingSet=',
  'SystemCallFilter=',
  'RestrictAddressFamilies=',
];

/**
 * What is wrong with the settings that all units of systemd have in common.
 *
 * @param common text of the drop-in.
 * @param secrets names of variables; each must be read from the credential of its name, `DATABASE_DIRECT_URL` aside, which
 *   only a pooler needs.
 */
export function systemdFaults(common: string, secrets: readonly string[]): string[] {
  const lines = common.split('\n');
  return [
    ...NEEDED.filter((start) => !lines.some((line) => line.startsWith(start))).map((start) => `lacks ${start}`),
    ...secrets
      .filter((name) => name !== 'DATABASE_DIRECT_URL')
      .map((name) => `Environment=${name}_FILE=%d/secrets_${name.toLowerCase()}`)
      .filter((line) => !lines.includes(line))
      .map((line) => `lacks ${line}`),
    ...lines
      .filter((line) => line.startsWith('MemoryDenyWriteExecute=yes'))
      .map(() => 'has MemoryDenyWriteExecute=yes, with which V8 does not start'),
  ];
}
