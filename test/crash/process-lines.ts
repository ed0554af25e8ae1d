import type { ServerProcess } from '../support/process.ts';

/** What a service of several processes logs of one of them, and one of them of itself. */
interface Line {
  time: string;
  pid: number;
  msg: string;
  role: string;
  process: number;
  operation?: string;
}

/** What a service has logged under this name. */
export function linesOf(server: ServerProcess, msg: string): Line[] {
  const lines = server.output().split('\n');
  return lines
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => JSON.parse(line))
    .filter((line) => line.msg === msg);
}

/** Each process that came to serve. */
export const started = (server: ServerProcess): Line[] => linesOf(server, 'process_started');

/** Of those that came to serve in a role. */
export function pidsOf(server: ServerProcess, role: string): number[] {
  return started(server).flatMap((line) => (line.role === role ? [line.process] : []));
}

/** Which process has answered each request for an operation. */
export function answersOf(server: ServerProcess, operation: string): number[] {
  return linesOf(server, 'request').flatMap((line) => (line.operation === operation ? [line.pid] : []));
}
