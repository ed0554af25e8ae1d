import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserCommand, openSystemBrowser } from '../../../src/sdk/node/index.ts';
import { eventually } from '../../support/eventually.ts';

const PAGE = 'https://api.example.com/login?attempt=1&code=AB%20CD';

describe('Opening the system’s browser', () => {
  const commands: Record<string, BrowserCommand> = {
    linux: { program: 'xdg-open', args: [PAGE] },
    freebsd: { program: 'xdg-open', args: [PAGE] },
    darwin: { program: 'open', args: [PAGE] },
    win32: { program: 'rundll32', args: ['url.dll,FileProtocolHandler', PAGE] },
  };
  for (const [platform, expected] of Object.entries(commands)) {
    it(`starts ${expected.program} on ${platform}`, async () => {
      assert.deepEqual(await started(PAGE, platform), [expected]);
    });
  }

  const refused = [
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ms-settings:',
    'calc.exe',
    '-a Calculator',
    '',
    '//x.y',
  ];
  for (const url of refused) {
    it(`refuses what is no web page: ${JSON.stringify(url)}`, async () => {
      await assert.rejects(started(url, 'win32'), /Only http: and https: addresses/);
    });
  }

  it('hands over nothing that a program could take for an option, a quote or a further argument', async () => {
    const [command] = await started('https://example.com/a b"c\n`d`?q="x y"&r=<z>#"e f"', 'win32');
    assert.match(command?.args.at(-1) ?? '', /^https:\/\/example\.com\/[^\s"<>`]+$/);
  });

  it('hands the address to the program as it is, without a shell', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'browser-'));
    const opened = join(folder, 'opened');
    await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\nprintf '%s' "$1" > '${opened}'\n`);
    await chmod(join(folder, 'xdg-open'), 0o755);
    const url = 'https://example.com/?a=$(id)&b=;echo&c=|cat';
    await withPath(`${folder}${delimiter}${process.env.PATH}`, () => openSystemBrowser(url, { platform: 'linux' }));
    await eventually(async () => assert.equal(await readFile(opened, 'utf8'), url));
  });

  it('says so when the system has nothing to open a page with', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'no-browser-'));
    const opening = withPath(folder, () => openSystemBrowser(PAGE, { platform: 'linux' }));
    await assert.rejects(opening, { message: 'The browser could not be opened (xdg-open).' });
  });
});

/** What would have been started. */
async function started(url: string, platform: string): Promise<BrowserCommand[]> {
  const commands: BrowserCommand[] = [];
  const run = async (command: BrowserCommand) => {
    commands.push(command);
  };
  await openSystemBrowser(url, { platform, run });
  return commands;
}

async function withPath<T>(path: string, run: () => Promise<T>): Promise<T> {
  const { PATH } = process.env;
  process.env.PATH = path;
  try {
    return await run();
  } finally {
    process.env.PATH = PATH;
  }
}
