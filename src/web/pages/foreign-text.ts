import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** Characters of a name that fit into a sentence. */
const SENTENCE = 40;

/**
 * Text that a stranger chose, told apart from our own words: in quotes, on a ground of its own, and without the
 * characters that turn the direction of what follows (Unicode UAX #9), one of which would end the isolation of `bdi`.
 */
export function quoted(text: string): Html {
  return html`<span class="quoted">“${isolated(text)}”</span>`;
}

/** The same without quotes, for what the user knows as their own. */
export function isolated(text: string): Html {
  return html`<bdi>${harmless(text)}</bdi>`;
}

/** Quoted for a sentence or a heading, where a long one would push our own words away. */
export function quotedShort(text: string): Html {
  return quoted(shortened(text));
}

/** As plain text, where there can be no markup: in quotes, shortened. */
export function quotedText(text: string): string {
  return `“${shortened(text)}”`;
}

function shortened(text: string): string {
  const characters = [...new Intl.Segmenter('en').segment(harmless(text))];
  if (characters.length <= SENTENCE) return harmless(text);
  const kept = characters.slice(0, SENTENCE - 1).map(({ segment }) => segment);
  return `${kept.join('').trimEnd()}…`;
}

function harmless(text: string): string {
  const visible = text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ').replaceAll(/\p{Bidi_Control}/gu, '');
  const isBlank = visible.replaceAll(/[\s\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu, '') === '';
  return isBlank ? '(no name)' : visible;
}
