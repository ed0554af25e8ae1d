import assert from 'node:assert/strict';
import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyringTokenStore, type KeyringModule } from '../../../src/sdk/node/index.ts';
import { usePackedSdk } from '../../support/packed-sdk.ts';
import { RUNTIMES, runScenario } from '../../support/sdk-scenarios.ts';

const TOKENS = { accessToken: 'cp_at_1', refreshToken: 'cp_rt_1' };
const NAMES = { service: 'My plugin', account: 'https://api.example.com' };

describe('The token store of the keyring', () => {
  it('gives back what it was given, under its service and account', async () => {
    const kept = new Map<string, string>();
    const loadKeyring = async () => fakeKeyring(kept);
    const store = createKeyringTokenStore({ ...NAMES, loadKeyring });
    assert.equal(await store.load(), null);
    await store.save(TOKENS);
    assert.deepEqual([...kept], [['My plugin https://api.example.com', JSON.stringify(TOKENS)]]);
    assert.deepEqual(await createKeyringTokenStore({ ...NAMES, loadKeyring }).load(), TOKENS);
    assert.equal(await createKeyringTokenStore({ ...NAMES, account: 'other', loadKeyring }).load(), null);
  });

  it('removes the entry when the tokens are forgotten, and again without complaint', async () => {
    const kept = new Map<string, string>();
    const store = createKeyringTokenStore({ ...NAMES, loadKeyring: async () => fakeKeyring(kept) });
    await store.save(TOKENS);
    await store.save(null);
    await store.save(null);
    assert.equal(kept.size, 0);
  });

  it('says which entry is foreign, and keeps what it holds to itself', async () => {
    const kept = new Map([['My plugin https://api.example.com', 'secret of someone']]);
    const store = createKeyringTokenStore({ ...NAMES, loadKeyring: async () => fakeKeyring(kept) });
    await assert.rejects(async () => store.load(), {
      message:
        'The entry "https://api.example.com" of "My plugin" in the keyring is cut short or no JSON; ' +
        'delete it and sign in again.',
    });
  });

  it('passes on what the keyring says when it refuses', async () => {
    const locked = new Error('The keyring is locked.');
    class AsyncEntry {
      getPassword = () => Promise.reject(locked);
      setPassword = () => Promise.reject(locked);
      deletePassword = () => Promise.reject(locked);
    }
    const store = createKeyringTokenStore({ ...NAMES, loadKeyring: async () => ({ AsyncEntry }) });
    for (const use of [() => store.load(), () => store.save(TOKENS), () => store.save(null)])
      await assert.rejects(async () => use(), locked);
  });

  it('passes on what keeps the package from starting, which no installation would mend', async () => {
    const broken = Object.assign(new Error('no such binary'), { code: 'ERR_DLOPEN_FAILED' });
    const store = createKeyringTokenStore({ ...NAMES, loadKeyring: () => Promise.reject(broken) });
    await assert.rejects(async () => store.load(), broken);
  });

  it('says what to install in a program whose bundler made a `require` of it', async () => {
    const missing = Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
    const store = createKeyringTokenStore({ ...NAMES, loadKeyring: () => Promise.reject(missing) });
    await assert.rejects(async () => store.load(), { message: /npm install @napi-rs\/keyring/, cause: missing });
  });

  it('asks for the package only when it is used', () => {
    createKeyringTokenStore({ ...NAMES, loadKeyring: () => assert.fail('asked') });
  });

  describe('in a project without the package', () => {
    const sdk = usePackedSdk();
    let project: string;
    before(async () => {
      project = await mkdtemp(join(tmpdir(), 'no-keyring-'));
      const isNotKeyring = (path: string) => !path.includes('@napi-rs');
      await cp(sdk().project, project, { recursive: true, filter: isNotKeyring, verbatimSymlinks: true });
      await writeFile(join(project, 'package.json'), '{}');
    });

    for (const runtime of RUNTIMES) {
      for (const format of ['import', 'require'] as const) {
        it(`says what to install, by \`${format}\` in ${runtime.name}`, async () => {
          const message = await runScenario({ project, runtime, format, scenario: 'missing-keyring' });
          assert.equal(message, 'The keyring needs the package @napi-rs/keyring: run `npm install @napi-rs/keyring`.');
        });
      }
    }
  });
});

function fakeKeyring(kept: Map<string, string>): KeyringModule {
  return {
    AsyncEntry: class {
      readonly name: string;
      constructor(service: string, account: string) {
        this.name = `${service} ${account}`;
      }
      async getPassword() {
        return kept.get(this.name) ?? null;
      }
      async setPassword(password: string) {
        kept.set(this.name, password);
      }
      async deletePassword() {
        return kept.delete(this.name);
      }
    },
  };
}
