import type { SceneConfig } from '../../../src/sdk/scene/config.ts';
import type { SceneEffect } from '../../../src/sdk/scene/effects.ts';
import { createSceneEngine, type SceneOutcome } from '../../../src/sdk/scene/engine.ts';
import type { SceneEvent } from '../../../src/sdk/scene/events.ts';
import type { SceneFact } from '../../../src/sdk/scene/inputs.ts';

/** A telemetry poll with a good bitrate. */
export const HEALTHY: SceneFact = { type: 'telemetry', state: 'fresh', bitrateKbps: 4000 };
/** One that was read, and saw nothing arrive. */
export const DEAD: SceneFact = { type: 'telemetry', state: 'fresh', bitrateKbps: 0 };
/** One of an unreachable stats page. */
export const ABSENT: SceneFact = { type: 'telemetry', state: 'absent' };
/** The control plane is content. */
export const CLOUD_UP: SceneFact = { type: 'cloud', status: 'active', ingestActive: true };

/** An engine with a clock of the test's own, and an OBS that shows what it is told. */
export function createSceneLab(config: Partial<SceneConfig> = {}) {
  const engine = createSceneEngine({ config });
  const outcomes: SceneOutcome[] = [];
  const lab = {
    engine,
    at: 1_000_000,
    /** Whether OBS tells of the switches that it was told to make. */
    echo: true,
    scene: 'Home',
    feed(fact: SceneFact): SceneOutcome {
      const outcome = engine.feed({ ...fact, at: lab.at });
      outcomes.push(outcome);
      for (const effect of outcome.effects) {
        if (effect.type === 'switch_scene' && lab.echo) lab.show(effect.scene ?? effect.intent);
      }
      return outcome;
    },
    /** OBS shows a scene, whoever chose it. */
    show(scene: string): void {
      lab.scene = scene;
      lab.feed({ type: 'obs_scene', scene, reason: 'changed' });
    },
    /** Half a second with these facts at its end, then the tick. */
    tick(...facts: SceneFact[]): SceneOutcome {
      lab.at += 500;
      for (const fact of facts) lab.feed(fact);
      return lab.feed({ type: 'tick' });
    },
    /** Ticks for a time, each with these facts. */
    run(ms: number, ...facts: SceneFact[]): void {
      for (let passed = 0; passed < ms; passed += 500) lab.tick(...facts);
    },
    command(text: string, role = 'mod'): SceneOutcome {
      return lab.tick({ type: 'command', text, role });
    },
    get mode() {
      return engine.snapshot().mode;
    },
    get effects(): SceneEffect[] {
      return outcomes.flatMap(({ effects }) => effects);
    },
    /** The scenes switched to since the last look, and `refresh` for each restart of the media source. */
    takeSwitches(): string[] {
      const seen = lab.effects.flatMap((effect) => {
        if (effect.type === 'notice') return [];
        return effect.type === 'refresh_media' ? ['refresh'] : [effect.scene ?? ''];
      });
      const fresh = seen.slice(lab.looked);
      lab.looked = seen.length;
      return fresh;
    },
    looked: 0,
    events<Type extends SceneEvent['type']>(type: Type): Extract<SceneEvent, { type: Type }>[] {
      const all = outcomes.flatMap(({ events }) => events);
      return all.filter((event): event is Extract<SceneEvent, { type: Type }> => event.type === type);
    },
    notices(): string[] {
      return lab.effects.flatMap((effect) => (effect.type === 'notice' ? [effect.code] : []));
    },
    /** The latest change of mode, as `FROM>TO TRIGGER`. */
    lastMove(): string {
      const move = lab.events('transition').at(-1);
      return move ? `${move.from}>${move.to} ${move.trigger}` : '';
    },
  };
  lab.feed({ type: 'obs_scene', scene: 'Home', reason: 'initial' });
  return lab;
}

export type SceneLab = ReturnType<typeof createSceneLab>;

/** A lab whose relay is coming up. */
export function createConnectingLab(config: Partial<SceneConfig> = {}): SceneLab {
  const lab = createSceneLab(config);
  lab.tick({ type: 'irl_activate', via: 'ui', role: 'user' });
  lab.tick({ type: 'irl_start_result', accepted: true });
  lab.tick();
  return lab;
}

/** A lab in IRL_ACTIVE that shows LIVE, with all cooldowns over. */
export function createLiveLab(config: Partial<SceneConfig> = {}): SceneLab {
  const lab = createConnectingLab(config);
  lab.run(5_000, CLOUD_UP, HEALTHY);
  lab.takeSwitches();
  return lab;
}

/** A lab in IRL_GRACE, without a signal since the present moment. */
export function createGraceLab(config: Partial<SceneConfig> = {}): SceneLab {
  const lab = createLiveLab(config);
  while (lab.mode !== 'IRL_GRACE') lab.tick(CLOUD_UP, DEAD);
  return lab;
}
