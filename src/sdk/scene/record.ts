import { resolveSceneConfig, type SceneConfig } from './config.ts';
import type { SceneCounter } from './counters.ts';
import { createSceneEngine, type SceneEngine, type SceneOutcome } from './engine.ts';
import type { SceneInput } from './inputs.ts';
import type { SceneState } from './state.ts';

/** Format of the log; the number rises when older logs can't be replayed. */
const VERSION = 1;

/** A log that isn't one. `line`: counted from 1. */
export class SceneLogError extends Error {
  override name = 'SceneLogError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(`Line ${line}: ${message}`);
    this.line = line;
  }
}

/** What a log makes of a new engine. */
export interface SceneReplay {
  /** One for each input. */
  outcomes: SceneOutcome[];
  state: SceneState;
  counters: SceneCounter[];
}

/**
 * An engine that writes down what it is fed with: JSON lines, the configuration first. Names of scenes and chat commands
 * are in the log as they are.
 *
 * @param write gets each line, without its end; it is called before the input is worked on, so that a fault is in the log.
 */
export function recordScene(engine: SceneEngine, write: (line: string) => void): SceneEngine {
  write(JSON.stringify({ scene_log: VERSION, config: engine.config }));
  return {
    ...engine,
    feed(input) {
      write(JSON.stringify(input));
      return engine.feed(input);
    },
  };
}

/**
 * Feeds a new engine with a recorded log: the same decisions, effects and events come of it.
 *
 * @param log lines of `recordScene`; empty ones are left out, as is a last one that was cut off.
 * @throws SceneLogError where a line can't be read; SceneConfigError.
 */
export function replay(log: string | readonly string[]): SceneReplay {
  const lines = typeof log === 'string' ? log.split('\n') : log;
  const [head = '', ...rest] = lines;
  const engine = createSceneEngine({ config: readHead(head) });
  const outcomes = rest.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const input = readLine(line);
    if (isInput(input)) return [engine.feed(input)];
    // The writer may have been killed in the midst of the last line.
    if (index === rest.length - 1) return [];
    throw new SceneLogError(index + 2, 'it is no input');
  });
  return { outcomes, state: engine.snapshot(), counters: engine.counters() };
}

function readHead(line: string): SceneConfig {
  const head = readLine(line) as { scene_log?: number; config?: SceneConfig } | null;
  if (head?.scene_log !== VERSION) throw new SceneLogError(1, `it is no scene log of version ${VERSION}`);
  return resolveSceneConfig(head.config);
}

function readLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isInput(value: unknown): value is SceneInput {
  return typeof value === 'object' && value !== null && 'type' in value;
}
