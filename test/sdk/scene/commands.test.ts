import assert from 'node:assert/strict';
import { parseCommand } from '../../../src/sdk/scene/commands.ts';
import { CLOUD_UP, createLiveLab, createSceneLab, DEAD, HEALTHY } from './lab.ts';

const SCENES = { LIVE: 'Live', BRB: 'BRB', OFFLINE: 'Offline' };

describe('Scene commands', () => {
  for (const [text, command] of [
    ['!live', { intent: 'LIVE' }],
    [' !BRB ', { intent: 'BRB' }],
    ['!Offline', { intent: 'OFFLINE' }],
    ['!switch Chat', { intent: 'HOLD', scene: 'Chat' }],
    ['!switch  My best scene ', { intent: 'HOLD', scene: 'My best scene' }],
    ['!switch BRB', { intent: 'BRB' }],
  ] as const) {
    it(`${JSON.stringify(text)} is understood`, () => assert.deepEqual(parseCommand(text, SCENES), command));
  }

  for (const text of ['', 'live', '!lives', '!live now', '!switch', '!switch ', 'say !brb', '!brb\n!live', '! live']) {
    it(`${JSON.stringify(text)} is no command`, () => assert.equal(parseCommand(text, SCENES), null));
  }

  for (const role of ['admin', 'mod']) {
    it(`are carried out for ${role}, within one tick`, () => {
      const lab = createLiveLab();
      const { decision } = lab.tick(CLOUD_UP, HEALTHY, { type: 'command', text: '!brb', role, requestId: 'chat-7' });
      assert.deepEqual([decision?.rule, decision?.intent], [1, 'BRB']);
      assert.deepEqual(lab.takeSwitches(), ['BRB']);
      assert.equal(lab.events('decision').at(-1)?.requestId, 'chat-7');
    });
  }

  for (const role of ['user', 'viewer', 'vip', '', 'Admin']) {
    it(`are refused to ${JSON.stringify(role)}, without a word in the dock`, () => {
      const lab = createLiveLab();
      lab.command('!brb', role);
      assert.deepEqual(lab.takeSwitches(), []);
      assert.deepEqual(
        lab.events('guard_rejected').map(({ guard, subject }) => `${guard} ${subject}`),
        ['role !brb'],
      );
      assert.deepEqual(lab.notices(), []);
    });
  }

  it('are refused within 3 s of another, with a notice; a refused one of a viewer starts no wait', () => {
    const lab = createSceneLab();
    lab.command('!brb', 'viewer');
    lab.command('!brb');
    lab.at += 2_499 - 500;
    lab.command('!live');
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
    assert.equal(lab.events('guard_rejected').at(-1)?.guard, 'command_cooldown');
    assert.deepEqual(lab.notices(), ['command_refused']);
    lab.at += 1;
    lab.command('!live');
    assert.deepEqual(lab.takeSwitches(), ['Live']);
  });

  it('hold their scene: a healthy signal does not take !brb back, !live does', () => {
    const lab = createLiveLab();
    lab.command('!brb');
    lab.run(60_000, CLOUD_UP, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
    lab.tick(CLOUD_UP, HEALTHY, { type: 'command', text: '!live', role: 'mod' });
    assert.deepEqual(lab.takeSwitches(), ['Live']);
    lab.run(5_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('!switch shows its scene and holds it', () => {
    const lab = createLiveLab();
    lab.command('!switch Map of the trip');
    lab.run(5_000, CLOUD_UP, DEAD);
    const last = lab.effects.findLast(({ type }) => type === 'switch_scene');
    assert.deepEqual(last, { ...last, intent: 'HOLD', scene: 'Map of the trip' });
    assert.deepEqual(lab.takeSwitches(), ['Map of the trip']);
  });

  it('!live without a signal holds LIVE until the signal is back, then the engine goes on', () => {
    const lab = createLiveLab();
    lab.run(2_000, CLOUD_UP, DEAD);
    lab.tick(CLOUD_UP, DEAD, { type: 'command', text: '!live', role: 'mod' });
    lab.run(10_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'Live']);
    lab.run(5_000, CLOUD_UP, HEALTHY);
    lab.run(5_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['refresh', 'BRB']);
  });

  it('!live without a signal ends with IRL', () => {
    const lab = createLiveLab();
    lab.run(2_000, CLOUD_UP, DEAD);
    lab.tick(CLOUD_UP, DEAD, { type: 'command', text: '!live', role: 'mod' });
    lab.run(3_000, { type: 'cloud', status: 'stopped' });
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'Live', 'Offline']);
  });

  it('of two between two ticks the later counts, where no wait is configured', () => {
    const lab = createLiveLab({ commandCooldownMs: 0 });
    const command = (text: string) => ({ type: 'command', text, role: 'mod' }) as const;
    lab.tick(command('!brb'), command('!offline'));
    assert.deepEqual(lab.takeSwitches(), ['Offline']);
  });
});
