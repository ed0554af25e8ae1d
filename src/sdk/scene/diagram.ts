import { sceneMachine } from './machine.ts';

const FIRST = '<!-- scene-machine -->';
const LAST = '<!-- /scene-machine -->';

/** The machine as a Mermaid state diagram, drawn from its definition: an arrow for each move, with its triggers. */
export function drawSceneMachine(): string {
  const arrows = new Map<string, string[]>();
  for (const [from, node] of Object.entries(sceneMachine.states)) {
    for (const { eventType, target, guard } of [...node.transitions.values()].flat()) {
      const arrow = `${from} --> ${target?.[0]?.key}`;
      const words = eventType.toLowerCase().replaceAll('_', ' ');
      const label = typeof guard === 'string' ? `${words} [${guard}]` : words;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), label]);
    }
  }
  const lines = [...arrows].map(([arrow, labels]) => `  ${arrow}: ${labels.join(', ')}`);
  return ['stateDiagram-v2', `  [*] --> ${sceneMachine.config.initial}`, ...lines].join('\n');
}

/** A Markdown text with the diagram between its two marks. @throws Error if it doesn't have them, once, in order. */
export function insertDiagram(text: string, diagram: string = drawSceneMachine()): string {
  const [before, rest, ...more] = text.split(FIRST);
  const [, after, ...others] = (rest ?? '').split(LAST);
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0) {
    throw new Error(`It must hold ${FIRST} and then ${LAST}, once.`);
  }
  return `${before}${FIRST}\n\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n${LAST}${after}`;
}
