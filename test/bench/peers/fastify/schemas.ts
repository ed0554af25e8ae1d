/** Schemas that Fastify compiles its serializers from; by hand, so that they hold nothing that is slow to write. */

const text = { type: 'string' } as const;
const whole = { type: 'integer' } as const;
const maybeText = { type: 'string', nullable: true } as const;
const maybeWhole = { type: 'integer', nullable: true } as const;

const object = (properties: Record<string, object>, extra: object = {}) => ({ type: 'object', properties, ...extra });

/** All properties of one kind. */
const alike = (kind: object, ...names: string[]) => Object.fromEntries(names.map((name) => [name, kind]));

const usage = object({
  included_seconds: maybeWhole,
  consumed_seconds: whole,
  remaining_seconds: maybeWhole,
  overage_seconds: whole,
});

export const ALIVE = object({ status: text });

export const CURRENT_USAGE = object({
  ...alike(text, 'plan_tier', 'plan_status', 'cycle_start', 'cycle_end'),
  ...usage.properties,
});

export const SESSION_ENVELOPE = object({
  session: object({
    ...alike(text, 'session_id', 'connection_id', 'status', 'provision_step', 'region', 'instance_id'),
    relay: object({
      ...alike(text, 'instance_id', 'public_ip', 'relay_hostname'),
      ...alike(whole, 'srt_port', 'player_port', 'stats_port', 'sls_port'),
    }),
    credentials: object(alike(text, 'pair_token', 'relay_ws_token', 'stream_token')),
    ...alike(text, 'sender_url', 'media_source_url'),
    timers: object({
      ...alike(whole, 'grace_window_seconds', 'grace_remaining_seconds'),
      ...alike(whole, 'max_session_seconds', 'max_session_remaining_seconds'),
      lease_expires_at: maybeText,
    }),
    usage: object({ started_at: maybeText, ended_at: maybeText, duration_seconds: whole }),
    failure: object({}, { nullable: true }),
    migration: object({}, { nullable: true }),
    version: whole,
    ...alike(text, 'created_at', 'updated_at'),
  }),
});

export const ACCOUNT = object({
  user: object(alike(text, 'id', 'email', 'display_name')),
  entitlement: object({
    ...alike(text, 'relay_access_status', 'reason_code', 'plan_tier', 'plan_status'),
    ...alike(whole, 'max_concurrent_conns', 'active_managed_conns'),
  }),
  usage,
  active_relay: object(alike(text, 'session_id', 'status'), { nullable: true }),
  active_sessions: {
    type: 'array',
    items: object({
      ...alike(text, 'session_id', 'connection_id', 'status', 'public_ip', 'stream_token'),
      srt_port: whole,
    }),
  },
  stream_slots: { type: 'array', items: object({ slot_number: whole, ...alike(text, 'label', 'stream_token') }) },
});

export const REPORT = object(
  { session_id: text, instance_id: text, ingest_active: { type: 'boolean' } },
  { required: ['session_id', 'instance_id'] },
);

export const NOTED = object({ ok: { type: 'boolean' }, status: text, lease_expires_at: maybeText });

export const ACTIVE_QUERY = object({ connection_id: { type: 'string', format: 'uuid' } });
