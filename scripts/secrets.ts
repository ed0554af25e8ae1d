/** Makes secrets, and takes the steps of their rotation with files. Run by `npm run secrets`. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { makeSecret, previousOf, RotationError, rotateSecret, STEPS, type Step } from './secrets/rotate.ts';

const program = new Command('secrets').description(
  'Makes secrets, and replaces those that lie in files, as in "Rotating secrets" of the README.',
);

program
  .command('new')
  .description('prints a good secret')
  .action(() => console.log(makeSecret()));

for (const [step, description] of Object.entries(STEPS) as [Step, string][]) {
  program
    .command(step)
    .description(description)
    .addArgument(new Argument('<file...>', 'names of secrets in the folder, such as jwt_secret'))
    .option('--dir <folder>', 'where the secrets lie', 'docker/secrets')
    .action(async (names: string[], { dir }: { dir: string }) => {
      if (!(await stat(dir).catch(() => undefined))?.isDirectory()) {
        program.error(`There is no folder ${dir}. Say with --dir where the secrets lie.`);
      }
      for (const name of names) {
        try {
          await rotateSecret(dir, name, step);
          console.log(`${join(dir, name)} and ${previousOf(name)}: ${step} done`);
        } catch (error) {
          if (error instanceof RotationError) program.error(error.message);
          throw error;
        }
      }
      console.log('Restart the servers now: secrets are read at the start.');
    });
}

await program.parseAsync();
