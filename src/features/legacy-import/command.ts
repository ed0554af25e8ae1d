import { Command, Option } from 'commander';
import { asOperator } from '../../operator.ts';
import type { ImportOptions } from './perform.ts';

/** `import-legacy` */
export function importLegacyCommand(): Command {
  return new Command('import-legacy')
    .description("take over from the Go service: bring in the rows of its database; run again, it brings what's new")
    .addOption(
      new Option('--from <url>', 'postgresql:// URL of a database that its dump was restored to').conflicts('dump'),
    )
    .option('--dump <file>', 'the dump itself (pg_dump -Fc), restored into a scratch database; needs pg_restore')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'print JSON, for machines')
    .action(
      asOperator(async (operator, options: ImportOptions) => {
        // It needs all features, and the other commands don't.
        const { performImport } = await import('./perform.ts');
        await performImport(operator, options);
      }),
    );
}
