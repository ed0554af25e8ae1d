/**
 * Checks what the service is deployed with: the Dockerfile, the compose file, and the variables that they and
 * `.env.example` name. Run by `npm run check:deploy`.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { checkDeploy } from './check-deploy/index.ts';

const { root, json } = new Command('check:deploy')
  .description('Checks docker/Dockerfile, docker/compose.yaml and .env.example against their schemas and our rules.')
  .option('--root <folder>', 'the repository to look at', resolve(import.meta.dirname, '..'))
  .option('--json', 'print the findings as JSON')
  .addHelpText('after', '\nEnds with 1 when something is wrong. It needs neither Docker nor a database.')
  .parse()
  .opts<{ root: string; json?: true }>();

const findings = checkDeploy(resolve(root));
if (json) console.log(JSON.stringify(findings, null, 2));
for (const { subject, faults } of findings) {
  if (!json) console.log(faults.length === 0 ? `ok    ${subject}` : `wrong ${subject}`);
  if (!json) for (const fault of faults) console.log(`        ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
