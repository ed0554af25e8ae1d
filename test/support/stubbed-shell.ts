import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in which a shell script runs with commands that only write down how they were called. */
export interface StubbedShell {
  /** Where the script may put its files. */
  dir: string;
  /** Runs a script; its functions can be read by `. FILE`. */
  run(script: string, env?: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }>;
  /** What `curl` answers at addresses with this part; of several that fit, the first counts. Without one nobody is there. */
  answer(part: string, status: number, body?: string): void;
  /** Every call of a stubbed command, its arguments as one line. */
  calls(): Promise<string[]>;
  /** Everything that `curl` got by standard input or from header files, in order. */
  inputs(): Promise<string[]>;
  close(): Promise<void>;
}

/** Writes down how a stubbed command was called. */
export const RECORD = `printf '%s %s\\n' "$(basename "$0")" "$*" >>"$STUB_DIR/calls"`;

/** Understands what is needed of it: headers and data from files, `--fail`, `--output` and `--write-out`. */
const CURL = `#!/bin/bash
${RECORD}
args=("$@")
url="\${args[-1]}"
name="$(printf '%05d' "$(find "$STUB_DIR/inputs" -type f | wc -l)")"
fail= quiet= tell=
for i in "\${!args[@]}"; do
  case "\${args[i]}" in
    --fail) fail=1 ;;
    --output) quiet=1 ;;
    --write-out) tell=1 ;;
    --header) case "\${args[i + 1]}" in @-) cat >>"$STUB_DIR/inputs/$name" ;; @*) cat "\${args[i + 1]#@}" >>"$STUB_DIR/inputs/$name" ;; esac ;;
    --data-binary) cat >>"$STUB_DIR/inputs/$name" ;;
  esac
done
while IFS=$'\\t' read -r part status body; do
  [[ "$url" == *"$part"* ]] || continue
  if [ -n "$ACCEPTED_KEY" ] && [[ "$url" == *stream-ids ]] && ! grep -q "$ACCEPTED_KEY" "$STUB_DIR/inputs/$name"; then status=401; fi
  [ -n "$fail" ] && [ "$status" -ge 400 ] && exit 22
  [ -n "$quiet" ] || printf '%s' "$body"
  [ -n "$tell" ] && printf '%s' "$status"
  exit 0
done <"$STUB_DIR/answers"
[ -n "$tell" ] && printf 000
exit 7
`;
/** The rest of the other commands: `docker logs` shows `DOCKER_LOGS`. */
const OTHERS: Record<string, string> = {
  docker: `[ "$1" = logs ] && printf '%s\\n' "$DOCKER_LOGS" >&2; exit 0`,
  systemctl: 'exit 0',
  // Ends loops that would go on for ever.
  sleep: 'exit 1',
};

export async function createStubbedShell(): Promise<StubbedShell> {
  const dir = await mkdtemp(join(tmpdir(), 'telemy-shell-'));
  const bin = join(dir, 'bin');
  const answers = new Map<string, string>();
  await mkdir(bin);
  await mkdir(join(dir, 'inputs'));
  const stubs = Object.entries(OTHERS).map(([name, body]) => [name, `#!/bin/bash\n${RECORD}\n${body}\n`] as const);
  for (const [name, text] of [['curl', CURL] as const, ...stubs]) {
    await writeFile(join(bin, name), text);
    await chmod(join(bin, name), 0o755);
  }
  return {
    dir,
    async run(script, env = {}) {
      await writeFile(join(dir, 'answers'), [...answers.values()].join(''));
      const path = `${bin}:${process.env.PATH}`;
      return new Promise((resolve) => {
        const child = execFile(
          'bash',
          // Without: over a socket, bash takes itself for a remote shell and reads the user's own start-up file.
          ['--norc', '-c', script],
          { cwd: dir, env: { PATH: path, STUB_DIR: dir, ...env } },
          (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
        );
      });
    },
    answer: (part, status, body = '') => void answers.set(part, `${part}\t${status}\t${body}\n`),
    calls: () => readLines(join(dir, 'calls')),
    async inputs() {
      const names = (await readdir(join(dir, 'inputs'))).sort();
      return Promise.all(names.map((name) => readFile(join(dir, 'inputs', name), 'utf8')));
    },
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

async function readLines(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}
