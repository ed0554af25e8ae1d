/**
 * Something to write a client against. Serves the contract's examples under /api/v1, by Prism; with --stateful, the real
 * service over a database that is thrown away. Run by `npm run mock`; ends on SIGINT or SIGTERM.
 */
import { Command, InvalidArgumentError } from 'commander';

interface Options {
  port: number;
  host: string;
  stateful?: true;
  adminPort?: number;
}

const LAST_PORT = 65_535;

const { port, host, stateful, adminPort } = new Command('mock')
  .description("Answers every operation with the contract's examples, under /api/v1.")
  .option('--port <port>', 'where to listen; 0 takes a free port', readPort, 4010)
  .option('--host <host>', 'on which address', '127.0.0.1')
  .option('--stateful', 'run the real service instead, over a database that is thrown away, with switches')
  .option('--admin-port <port>', 'where its switches are; default: the port after --port', readPort)
  .parse()
  .opts<Options>();

// Each is loaded only where it is wanted: the real service takes longer.
if (stateful && process.env.NODE_ENV === 'production') {
  console.error('The mock is not for production. Start it without NODE_ENV=production.');
  process.exitCode = 1;
} else if (stateful) {
  const { runStateful } = await import('./mock/stateful.ts');
  const next = port === 0 || port === LAST_PORT ? 0 : port + 1;
  process.exit(await runStateful({ host, port, adminPort: adminPort ?? next }));
} else {
  const { runExamples } = await import('./mock/prism.ts');
  process.exitCode = await runExamples({ host, port });
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > LAST_PORT) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}
