import { html } from 'hono/html';
import { quoted, quotedShort, quotedText } from './foreign-text.ts';
import type { Html } from './layout.ts';
import { when } from './times.ts';
import type { AskingDevice, Place } from './views.ts';

/** What the plugin calls the systems that it runs on. */
const PLATFORMS: Record<string, string> = { windows: 'Windows', macos: 'macOS', darwin: 'macOS', linux: 'Linux' };

/** A device in a sentence. */
export function deviceInSentence(device: { name: string | null }): Html {
  return device.name === null ? html`your computer` : quotedShort(device.name);
}

/** A device as text that tells it from others, for names of buttons. */
export function deviceLabel(device: { name: string | null; platform: string }): string {
  return device.name === null
    ? `the device without a name (${knownPlatform(device.platform) ?? quotedText(device.platform)})`
    : quotedText(device.name);
}

/** The device's name in full. */
export function deviceName(name: string | null): Html {
  return name === null ? html`not given` : quoted(name);
}

/** System and version of the plugin; what we don't know as a word of ours is quoted. */
export function software(device: { platform: string; version: string | null }): Html {
  const platform = knownPlatform(device.platform) ?? quoted(device.platform);
  if (device.version === null) return html`${platform}`;
  const version = /^\d+(\.\d+){1,3}$/.test(device.version) ? device.version : quoted(device.version);
  return html`${platform}, plugin ${version}`;
}

/** An address, with its country where known. */
export function place({ address, country }: Place): Html {
  return html`${country === null ? null : html`${country}, `}<bdi>${address}</bdi>`;
}

/** What is known of whoever asks, as a list. */
export function deviceFacts(device: AskingDevice): Html {
  return html`<dl>
<div><dt>Device</dt><dd>${deviceName(device.name)}</dd></div>
<div><dt>Runs on</dt><dd>${software(device)}</dd></div>
<div><dt>Asked from</dt><dd>${place(device.place)}</dd></div>
<div><dt>Asked</dt><dd>${when(device.askedAt, device.now)}</dd></div>
</dl>`;
}

function knownPlatform(platform: string): string | undefined {
  const key = platform.toLowerCase();
  return Object.hasOwn(PLATFORMS, key) ? PLATFORMS[key] : undefined;
}
