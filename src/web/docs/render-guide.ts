import MarkdownIt from 'markdown-it';
import type { ContractDocument } from '../../http/contract-document.ts';
import { errorTable, globalLimit, limitTable } from './tables.ts';

export interface GuideFacts {
  document: ContractDocument;
  /** Origin of the server, in place of `{{origin}}`. */
  origin: string;
}

/**
 * A guide's Markdown as HTML. `{{origin}}`, `{{errors}}`, `{{limits}}` and `{{global}}` become facts of this server and of its contract.
 *
 * @throws Error for another name in double braces.
 */
export function renderGuide(text: string, facts: GuideFacts): string {
  return createRenderer().render(fillIn(text, facts));
}

/** The Markdown with its facts filled in. */
export function fillIn(text: string, { document, origin }: GuideFacts): string {
  const make: Record<string, () => string> = {
    origin: () => origin,
    errors: () => errorTable(document),
    limits: () => limitTable(document),
    global: () => globalLimit(document),
  };
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = make[name];
    if (!value) throw new Error(`A guide asks for {{${name}}}, which nobody knows.`);
    return value();
  });
}

const LANGUAGES: Record<string, string> = { json: 'JSON', sh: 'Shell', ts: 'TypeScript' };

function createRenderer() {
  const markdown = new MarkdownIt({ html: false });
  const { rules } = markdown.renderer;
  markdown.core.ruler.push('heading_ids', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'heading_open') token.attrSet('id', toId(tokens[index + 1]?.content ?? ''));
    }
  });
  // What is wider than the page is scrolled by itself, and can be reached by the Tab key for that.
  let count = 0;
  const region = (label: string) => {
    count += 1;
    return `role="region" aria-label="${label} ${count}" tabindex="0"`;
  };
  rules.table_open = () => `<div class="scroll" ${region('Table')}><table>\n`;
  rules.table_close = () => '</table></div>\n';
  rules.fence = (tokens, index) => {
    const { info = '', content = '' } = tokens[index] ?? {};
    // Behind the language may stand the status that a command is answered with.
    const [language = '', status] = info.split(' ');
    const attributes = region(`${LANGUAGES[language] ?? 'Text'} example`);
    const code = `<pre ${attributes}><code>${markdown.utils.escapeHtml(content)}</code></pre>\n`;
    return status === undefined ? code : `${code}<p class="answer">Answer: ${markdown.utils.escapeHtml(status)}</p>\n`;
  };
  return markdown;
}

function toId(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
