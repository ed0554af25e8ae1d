/**
 * Something to write a client against. Serves the contract's examples under /api/v1, by Prism; with --stateful, the real
 * service over a database that is thrown away. Run by `npm run mock`; ends on SIGINT or SIGTERM.
 */
import { Command, InvalidArgumentError } from 'commander';
import { runExamples } from './mock/prism.ts';

interface Options {
  port: number;
  host: string;
}

const options = new Command('mock')
  .description("Answers every operation with the contract's examples, under /api/v1.")
  .option('--port <port>', 'where to listen; 0 takes a free port', readPort, 4010)
  .option('--host <host>', 'on which address', '127.0.0.1')
  .parse()
  .opts<Options>();

try {
  process.exitCode = await runExamples(options);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  console.error(`The mock did not start: port ${options.port} is taken. Choose another one with --port, 0 for any.`);
  process.exitCode = 1;
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}
