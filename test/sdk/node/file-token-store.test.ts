import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileTokenStore } from '../../../src/sdk/node/index.ts';

const TOKENS = { accessToken: 'cp_at_1', refreshToken: 'cp_rt_1' };
const NEWER = { accessToken: 'cp_at_2', refreshToken: 'cp_rt_2' };

describe('The token store of a file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'token-store-'));
    path = join(folder, 'tokens.json');
  });

  it('gives back what it was given, to a later program as well', async () => {
    await createFileTokenStore({ path }).save(TOKENS);
    assert.deepEqual(await createFileTokenStore({ path }).load(), TOKENS);
  });

  it('holds nothing before, and nothing once the tokens are forgotten', async () => {
    const store = createFileTokenStore({ path });
    assert.equal(await store.load(), null);
    await store.save(TOKENS);
    await store.save(null);
    await store.save(null);
    assert.equal(await store.load(), null);
    assert.deepEqual(await readdir(folder), []);
  });

  it('makes file and folders for their owner alone, whatever the umask', async () => {
    path = join(folder, 'a/b/tokens.json');
    const before = process.umask(0);
    try {
      await createFileTokenStore({ path }).save(TOKENS);
    } finally {
      process.umask(before);
    }
    const modes = await Promise.all([path, join(folder, 'a'), join(folder, 'a/b')].map(modeOf));
    assert.deepEqual(modes, [0o600, 0o700, 0o700]);
  });

  it('leaves the mode of a folder that was there', async () => {
    await chmod(folder, 0o755);
    await createFileTokenStore({ path }).save(TOKENS);
    assert.equal(await modeOf(folder), 0o755);
  });

  it('replaces the file as a whole: whoever has the old one open reads the old tokens to the end', async () => {
    const store = createFileTokenStore({ path });
    await store.save(TOKENS);
    const { ino } = await stat(path);
    await store.save(NEWER);
    assert.notEqual((await stat(path)).ino, ino);
    assert.deepEqual(await store.load(), NEWER);
    assert.deepEqual(await readdir(folder), ['tokens.json']);
  });

  it('ends with the last of many saves at once', async () => {
    const store = createFileTokenStore({ path });
    const saves = Array.from({ length: 20 }, (_, at) =>
      store.save(at % 2 ? null : { ...TOKENS, accessToken: `${at}` }),
    );
    await Promise.all([...saves, store.save(NEWER)]);
    assert.deepEqual(await store.load(), NEWER);
  });

  it('saves again after a save that failed, and leaves no draft behind', async () => {
    await mkdir(join(path, 'in-the-way'), { recursive: true });
    const store = createFileTokenStore({ path });
    await assert.rejects(
      async () => store.save(TOKENS),
      ({ code }: NodeJS.ErrnoException) => code !== undefined,
    );
    assert.deepEqual(await readdir(folder), ['tokens.json']);
    const other = createFileTokenStore({ path: join(path, 'tokens.json') });
    await other.save(TOKENS);
    assert.deepEqual(await other.load(), TOKENS);
  });

  for (const next of [NEWER, null]) {
    it(`deletes drafts that a killed program left, and no others, when it ${next ? 'saves' : 'forgets'}`, async () => {
      const ids = ['3f0c6c1e-8f0b-4a57-9d0e-1f6a2b3c4d5e', '3f0c6c1e-8f0b-4a57-9d0e-1f6a2b3c4d5f'];
      const [left, young] = ids.map((id) => `tokens.json.${id}.tmp`) as [string, string];
      const foreign = [`other.json.${ids[0]}.tmp`, 'tokens.json.bak', 'tokens.json.mine.tmp'];
      const before = new Date(Date.now() - 61_000);
      for (const name of [left, young, ...foreign]) {
        await writeFile(join(folder, name), JSON.stringify(TOKENS), { mode: 0o600 });
        if (name !== young) await utimes(join(folder, name), before, before);
      }
      await createFileTokenStore({ path }).save(next);
      const kept = [young, ...foreign, ...(next ? ['tokens.json'] : [])];
      assert.deepEqual((await readdir(folder)).sort(), kept.sort());
    });
  }

  const faults = [
    ['', 'is empty'],
    [JSON.stringify(TOKENS).slice(0, 30), 'is cut short or no JSON'],
    ['{"accessToken":"cp_at_secret","refreshToken":""}', 'holds something else'],
    ['null', 'holds something else'],
    ['["cp_at_secret"]', 'holds something else'],
  ];
  for (const [content = '', says] of faults) {
    it(`says what is wrong with a file of ${JSON.stringify(content)}, and keeps what it holds to itself`, async () => {
      await writeFile(path, content, { mode: 0o600 });
      await assert.rejects(
        async () => createFileTokenStore({ path }).load(),
        ({ message }: Error) => {
          assert.ok(message.startsWith(`${path} ${says}`), message);
          assert.match(message, /sign in again/);
          assert.doesNotMatch(message, /cp_at/);
          return true;
        },
      );
    });
  }

  for (const mode of [0o640, 0o604, 0o602, 0o620, 0o610]) {
    it(`refuses a file that others can get at: ${mode.toString(8)}`, async () => {
      await createFileTokenStore({ path }).save(TOKENS);
      await chmod(path, mode);
      const says = new RegExp(`Others can get at .*tokens\\.json \\(mode 0${mode.toString(8)}\\)`);
      await assert.rejects(async () => createFileTokenStore({ path, platform: 'linux' }).load(), says);
    });
  }

  it('makes such a file private again when it saves', async () => {
    await writeFile(path, '{}', { mode: 0o644 });
    await createFileTokenStore({ path }).save(TOKENS);
    assert.equal(await modeOf(path), 0o600);
    assert.equal(await readFile(path, 'utf8'), JSON.stringify(TOKENS));
  });

  it('asks for no mode on Windows, where there is none', async () => {
    await writeFile(path, JSON.stringify(TOKENS), { mode: 0o666 });
    assert.deepEqual(await createFileTokenStore({ path, platform: 'win32' }).load(), TOKENS);
  });

  it('keeps the two tokens and nothing that came with them', async () => {
    await createFileTokenStore({ path }).save({ ...TOKENS, email: 'mia@example.com' } as typeof TOKENS);
    assert.equal(await readFile(path, 'utf8'), JSON.stringify(TOKENS));
  });
});

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
