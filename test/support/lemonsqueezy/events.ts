import { createHmac } from 'node:crypto';
import { carriesCustomData, EVENT_OBJECTS, type EventName } from './event-names.ts';
import { toResource } from './json-api.ts';
import { sampleAttributes, VENDOR_ORIGIN } from './objects/samples.ts';

/** The object of an event, or what matters of it: the rest comes from a complete sample of its kind. */
export interface EventData {
  id?: string;
  /** Laid over the sample's, name by name. */
  attributes?: object;
  relationships?: object;
  links?: object;
}

export interface EventOptions {
  /** Left out of events that don't carry it. */
  customData?: Record<string, string>;
  /** Default false. */
  testMode?: boolean;
}

/** Names the webhook that sends, not the event: the vendor's events have no id of their own. */
const WEBHOOK_ID = '6f1d9c1e-3a53-4f3e-9a57-0c6f0f5f7a10';

/**
 * The body of a webhook, as text: to be signed and sent as it is. Slashes and letters beyond ASCII are escaped, as PHP
 * escapes them; whoever verifies a re-written body instead of the bytes fails.
 * Source: https://docs.lemonsqueezy.com/help/webhooks/webhook-requests.
 */
export function buildEvent(name: EventName, data: EventData, options: EventOptions = {}): string {
  const { customData, testMode = false } = options;
  const type = EVENT_OBJECTS[name];
  const attributes = { ...sampleAttributes(type, testMode), ...data.attributes };
  const body = {
    meta: {
      test_mode: testMode,
      event_name: name,
      ...(customData && carriesCustomData(name) ? { custom_data: customData } : {}),
      webhook_id: WEBHOOK_ID,
    },
    data: { ...toResource(type, data.id ?? '1', attributes, VENDOR_ORIGIN), ...data, attributes },
  };
  return JSON.stringify(body)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The value of `X-Signature`: HMAC-SHA256 of the exact bytes, in lower-case hex.
 * Source: https://docs.lemonsqueezy.com/help/webhooks/signing-requests.
 */
export function signWebhook(body: string | Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** The headers of a webhook. */
export function webhookHeaders(name: string, body: string | Buffer, secret: string): Record<string, string> {
  return { 'Content-Type': 'application/json', 'X-Event-Name': name, 'X-Signature': signWebhook(body, secret) };
}
