import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_NAMES } from '../../src/config.ts';
import { schema } from '../../src/config-schema.ts';
import { parseCompose, variablesOf } from './compose-file.ts';
import { composeRuleFaults } from './compose-rules.ts';
import { composeSchemaFaults } from './compose-schema.ts';
import { dockerfileFaults } from './dockerfile-rules.ts';
import { parseIgnoreFile } from './ignore-file.ts';
import { systemdFaults } from './systemd-rules.ts';
import { variableFaults } from './variables.ts';

/** What was looked at, and what is wrong with it. */
export interface Finding {
  subject: string;
  faults: string[];
}

const SYSTEMD = 'docker/systemd/telemy-.service.d/common.conf';

/** Checks the files that the service is deployed with. */
export function checkDeploy(root: string): Finding[] {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const ignores = parseIgnoreFile(read('.dockerignore'));
  const text = read('docker/compose.yaml');
  const compose = parseCompose(text);
  const schemaFaults = composeSchemaFaults(compose);
  const known = { variables: Object.keys(schema.shape), secrets: FILE_NAMES };
  return [
    { subject: 'docker/Dockerfile', faults: dockerfileFaults(read('docker/Dockerfile'), root, ignores) },
    { subject: 'docker/compose.yaml: schema of Compose', faults: schemaFaults },
    // What isn't a compose file would only be misread.
    ...(schemaFaults.length > 0
      ? []
      : [
          {
            subject: 'docker/compose.yaml: our rules',
            faults: [...composeRuleFaults(compose), ...missingFiles(text, join(root, 'docker'))],
          },
          {
            subject: 'variables of .env.example and docker/compose.yaml',
            faults: variableFaults(known, compose, variablesOf(text), read('.env.example')),
          },
        ]),
    { subject: SYSTEMD, faults: systemdFaults(read(SYSTEMD), known.secrets) },
    { subject: 'docker/make-secrets.sh', faults: unmadeSecrets(Object.keys(compose.secrets ?? {}), read) },
  ];
}

/** Files of this repository that are mounted must be there: Docker would make folders of their names. */
function missingFiles(text: string, folder: string): string[] {
  const mounted = [...text.matchAll(/^\s+- (\.\/[\w./-]+):/gm)].map((match) => match[1] as string);
  return mounted.filter((path) => !existsSync(join(folder, path))).map((path) => `mounts ${path}, which doesn't exist`);
}

function unmadeSecrets(secrets: readonly string[], read: (path: string) => string): string[] {
  const script = read('docker/make-secrets.sh');
  const isMade = (name: string) => new RegExp(`\\b${name.replace(/_previous$/, '')}\\b`).test(script);
  return secrets.filter((name) => !isMade(name)).map((name) => `doesn't make ${name}`);
}
