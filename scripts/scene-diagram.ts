/**
 * Draws the scene machine of the SDK from its definition. Prints it; with `--write FILE` puts it between the marks in a
 * Markdown file; with `--check FILE` ends with 1 when what is there isn't what the machine says.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { drawSceneMachine, insertDiagram } from '../src/sdk/scene/diagram.ts';

const { write, check } = new Command('scene-diagram')
  .description("Draws the SDK's scene machine as a Mermaid state diagram.")
  .option('--write <file>', 'put it between the marks <!-- scene-machine --> and <!-- /scene-machine --> of a file')
  .addOption(new Option('--check <file>', 'fail if what a file has there is not this diagram').conflicts('write'))
  .parse()
  .opts<{ write?: string; check?: string }>();

const file = write ?? check;
if (file === undefined) console.log(drawSceneMachine());
else await updateFile(file).catch((error: Error) => fail(`${file}: ${error.message}`));

async function updateFile(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const drawn = insertDiagram(text);
  if (write !== undefined) await writeFile(path, drawn);
  else if (drawn !== text)
    return fail(`${path}: the scene machine is not as drawn there; write it again with --write.`);
  console.log(`OK: ${path} shows the scene machine.`);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
