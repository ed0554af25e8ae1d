/** One instruction of a Dockerfile, such as `COPY a b`. */
export interface Instruction {
  /** In capitals. */
  name: string;
  /** `--from=build` and the like, by name without the dashes. */
  flags: Record<string, string>;
  /** What stands behind the flags, continuation lines joined. */
  text: string;
}

/** What lies between one FROM and the next. */
export interface Stage {
  /** Undefined for a stage without `AS`. */
  name: string | undefined;
  base: string;
  instructions: Instruction[];
}

/** A COPY, taken apart. */
export interface Copy {
  /** The stage that the sources come from; undefined: the build's context. */
  from: string | undefined;
  sources: string[];
  target: string;
}

/** Takes the subset of Dockerfiles that ours is written in apart: no heredocs, no parser directives. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of logicalLines(text)) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/s.exec(line) ?? [];
    const instruction = { name: name.toUpperCase(), ...splitFlags(rest) };
    if (instruction.name === 'FROM') {
      const [base = '', , stage] = instruction.text.split(/\s+/);
      stages.push({ name: stage, base, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** All instructions of one name in a stage, in order. */
export function instructionsOf(stage: Stage, name: string): Instruction[] {
  return stage.instructions.filter((instruction) => instruction.name === name);
}

/** What a COPY in its shell form copies. */
export function readCopy({ flags, text }: Instruction): Copy {
  const words = text.split(/\s+/);
  return { from: flags.from, sources: words.slice(0, -1), target: words.at(-1) as string };
}

/** The words of an instruction in exec form, or undefined for the shell form, in which signals go to a shell. */
export function execForm(text: string): string[] | undefined {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : undefined;
}

/** The command of a HEALTHCHECK. */
export function healthCommand({ text }: Instruction): string[] | undefined {
  return text.startsWith('CMD ') ? execForm(text.slice('CMD '.length).trim()) : undefined;
}

function logicalLines(text: string): string[] {
  const kept = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  return kept
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim());
}

function splitFlags(rest: string): { flags: Record<string, string>; text: string } {
  const flags: Record<string, string> = {};
  let text = rest.trim();
  for (let match = next(text); match; match = next(text)) {
    flags[match[1] as string] = match[2] ?? '';
    text = text.slice(match[0].length);
  }
  return { flags, text };
}

function next(text: string): RegExpExecArray | null {
  return /^--([a-z-]+)(?:=(\S+))?\s+/.exec(text);
}
