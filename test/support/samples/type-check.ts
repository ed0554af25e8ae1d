import { resolve } from 'node:path';
import ts from 'typescript';
import { SDK_SOURCES } from './sdk-program.ts';

/** In the project, so that its packages and types are found; nothing is written there. */
const FOLDER = resolve(import.meta.dirname, '../../../docs-examples');

/** What TypeScript has against these programs, as strict as it can be; each is a module of its own. */
export function typeFaults(programs: Record<string, string>): string[] {
  const files = new Map(Object.entries(programs).map(([name, text]) => [`${FOLDER}/${name}.mts`, text]));
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    paths: Object.fromEntries(Object.entries(SDK_SOURCES).map(([name, file]) => [name, [file]])),
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = files.get(file);
    return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(
        ({ messageText }) => `${file.slice(FOLDER.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      ),
  );
}
