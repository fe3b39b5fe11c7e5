-- The schema after all migrations, for reading and for comparing. Generated: do not edit.
-- The migrations make it, see libs/database/src/migrations; their own list is left out.

CREATE UNLOGGED TABLE api_rate_limit (
  key character varying(255) NOT NULL,
  points integer NOT NULL DEFAULT 0,
  expire bigint,
  CONSTRAINT api_rate_limit_pkey PRIMARY KEY (key)
);

CREATE TABLE application (
  id uuid NOT NULL,
  name text NOT NULL,
  client_id text NOT NULL,
  client_secret text NOT NULL,
  callback_url text,
  scopes text[] NOT NULL DEFAULT '{}'::text[],
  status text NOT NULL DEFAULT 'ACTIVE'::text,
  type text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  former_client_secret text,
  former_valid_until timestamp with time zone,
  CONSTRAINT application_client_id_key UNIQUE (client_id),
  CONSTRAINT application_former_secret_check CHECK (((former_client_secret IS NULL) = (former_valid_until IS NULL))),
  CONSTRAINT application_pkey PRIMARY KEY (id),
  CONSTRAINT application_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text]))),
  CONSTRAINT application_type_check CHECK ((type = ANY (ARRAY['PRIVATE'::text, 'PUBLIC'::text])))
);

CREATE TABLE application_organization (
  app_id uuid NOT NULL,
  organization_id text NOT NULL,
  allowed_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT application_organization_organization_id_check CHECK (((length(organization_id) >= 1) AND (length(organization_id) <= 64))),
  CONSTRAINT application_organization_pkey PRIMARY KEY (app_id, organization_id)
);

CREATE TABLE application_signing_key (
  key_id text NOT NULL,
  application_id uuid NOT NULL,
  public_key bytea NOT NULL,
  private_key text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  valid_until timestamp with time zone,
  CONSTRAINT application_signing_key_pkey PRIMARY KEY (key_id),
  CONSTRAINT application_signing_key_public_key_check CHECK ((length(public_key) = 32))
);

CREATE TABLE client_certificate (
  integration_id uuid NOT NULL,
  certificate text NOT NULL,
  private_key text NOT NULL,
  fingerprint text NOT NULL,
  valid_until timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT client_certificate_pkey PRIMARY KEY (integration_id)
);

CREATE TABLE delivery_attempt (
  queue_id uuid NOT NULL,
  seq bigint NOT NULL,
  attempt integer NOT NULL,
  message_id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  started_at timestamp with time zone NOT NULL,
  duration_ms integer NOT NULL,
  outcome text NOT NULL,
  status_code integer,
  code text,
  error text,
  excerpt bytea,
  CONSTRAINT delivery_attempt_outcome_check1 CHECK ((outcome = ANY (ARRAY['delivered'::text, 'rejected'::text, 'timed_out'::text, 'unreachable'::text, 'refused_address'::text, 'invalid_configuration'::text, 'discarded'::text]))),
  CONSTRAINT delivery_attempt_pkey PRIMARY KEY (webhook_id, seq, attempt, started_at)
) PARTITION BY RANGE (started_at);

CREATE TABLE endpoint_proof (
  webhook_id uuid NOT NULL,
  end_point text NOT NULL,
  proven_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT endpoint_proof_pkey PRIMARY KEY (webhook_id, end_point)
);

CREATE TABLE gb_integration (
  id uuid NOT NULL,
  app_id uuid NOT NULL,
  organization_id text NOT NULL,
  name text NOT NULL,
  scopes text[] NOT NULL DEFAULT '{}'::text[],
  status text NOT NULL DEFAULT 'ACTIVE'::text,
  token_hash bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT gb_integration_organization_id_check CHECK (((length(organization_id) >= 1) AND (length(organization_id) <= 64))),
  CONSTRAINT gb_integration_pkey PRIMARY KEY (id),
  CONSTRAINT gb_integration_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'UNINSTALLED'::text]))),
  CONSTRAINT gb_integration_token_hash_key UNIQUE (token_hash)
);

CREATE TABLE ingest_dead_letter (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  record_timestamp bigint NOT NULL,
  key bytea,
  headers json NOT NULL,
  value bytea,
  reason text NOT NULL,
  detail text NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  redriven_at timestamp with time zone,
  redriven_by text,
  CONSTRAINT ingest_dead_letter_pkey PRIMARY KEY (id),
  CONSTRAINT ingest_dead_letter_topic_partition_offset_record_timestamp_key UNIQUE (topic, partition, "offset", record_timestamp)
);

CREATE TABLE integration_queue (
  queue_id uuid NOT NULL,
  integration_id uuid NOT NULL,
  lane smallint NOT NULL DEFAULT 0,
  application_id uuid NOT NULL,
  organization_id text NOT NULL,
  status text NOT NULL DEFAULT 'HEALTHY'::text,
  head_seq bigint NOT NULL DEFAULT 1,
  tail_seq bigint NOT NULL DEFAULT 0,
  lease_token bigint NOT NULL DEFAULT 0,
  lease_until timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  lease_owner text,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  blocked_at timestamp with time zone,
  last_tried_at timestamp with time zone,
  last_error text,
  integration_type text NOT NULL DEFAULT 'INTEGRATION'::text,
  suspended_at timestamp with time zone,
  paused_at timestamp with time zone,
  healthy_since timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  last_error_code text,
  recovery_mode text,
  backoff_min_ms integer,
  backoff_max_ms integer,
  probing_since timestamp with time zone,
  gave_up_at timestamp with time zone,
  gave_up_reason text,
  pace real,
  set_aside_seq bigint NOT NULL DEFAULT 0,
  leased_seq bigint NOT NULL DEFAULT 0,
  CONSTRAINT integration_queue_backoff_min_ms_check CHECK ((backoff_min_ms > 0)),
  CONSTRAINT integration_queue_check CHECK (((head_seq >= 1) AND (head_seq <= (tail_seq + 1)))),
  CONSTRAINT integration_queue_check1 CHECK (((status = 'BLOCKED'::text) = (blocked_at IS NOT NULL))),
  CONSTRAINT integration_queue_check2 CHECK ((backoff_max_ms >= backoff_min_ms)),
  CONSTRAINT integration_queue_check3 CHECK (((gave_up_at IS NULL) = (gave_up_reason IS NULL))),
  CONSTRAINT integration_queue_check4 CHECK (((gave_up_at IS NULL) OR (status = 'BLOCKED'::text))),
  CONSTRAINT integration_queue_gave_up_reason_check CHECK ((gave_up_reason = ANY (ARRAY['gone'::text, 'no_success'::text]))),
  CONSTRAINT integration_queue_integration_id_lane_key UNIQUE (integration_id, lane),
  CONSTRAINT integration_queue_integration_type_check CHECK ((integration_type = ANY (ARRAY['INTEGRATION'::text, 'OAUTH_CLIENT'::text]))),
  CONSTRAINT integration_queue_pace_check CHECK ((pace > (0)::double precision)),
  CONSTRAINT integration_queue_pkey PRIMARY KEY (queue_id),
  CONSTRAINT integration_queue_recovery_mode_check CHECK ((recovery_mode = ANY (ARRAY['probe'::text, 'manual'::text]))),
  CONSTRAINT integration_queue_status_check CHECK ((status = ANY (ARRAY['HEALTHY'::text, 'BLOCKED'::text])))
) WITH (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000, fillfactor=40);

CREATE TABLE integration_queue_message (
  queue_id uuid NOT NULL,
  seq bigint NOT NULL,
  message_id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  type text NOT NULL,
  enqueued_at timestamp with time zone NOT NULL,
  source_partition integer NOT NULL,
  source_offset bigint NOT NULL,
  body bytea NOT NULL,
  stored_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  origin text NOT NULL DEFAULT 'event'::text,
  end_point text,
  trace_parent text,
  CONSTRAINT integration_queue_message_origin_check CHECK ((origin = ANY (ARRAY['event'::text, 'replay'::text, 'requeue'::text, 'test'::text]))),
  CONSTRAINT integration_queue_message_pkey PRIMARY KEY (queue_id, seq, stored_at)
) PARTITION BY RANGE (stored_at);

CREATE TABLE integration_webhook (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  integration_type text NOT NULL,
  organization_id text NOT NULL,
  type text,
  end_point text NOT NULL,
  headers json NOT NULL DEFAULT '{}'::json,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  removed_at timestamp with time zone,
  CONSTRAINT integration_webhook_integration_type_check CHECK ((integration_type = ANY (ARRAY['INTEGRATION'::text, 'OAUTH_CLIENT'::text]))),
  CONSTRAINT integration_webhook_pkey PRIMARY KEY (id)
);

CREATE TABLE location_directory (
  location_id text NOT NULL,
  organization_id text NOT NULL,
  learnt_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT location_directory_pkey PRIMARY KEY (location_id)
);

CREATE TABLE message_identity (
  message_id uuid NOT NULL,
  queue_id uuid NOT NULL,
  seq bigint NOT NULL,
  stored_at timestamp with time zone NOT NULL,
  CONSTRAINT message_identity_pkey PRIMARY KEY (message_id)
) PARTITION BY RANGE (message_id);

CREATE TABLE notice_channel (
  channel text NOT NULL,
  lease_token bigint NOT NULL DEFAULT 0,
  lease_owner text,
  lease_until timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  failures integer NOT NULL DEFAULT 0,
  CONSTRAINT notice_channel_channel_check CHECK ((channel = ANY (ARRAY['topic'::text, 'webhook'::text]))),
  CONSTRAINT notice_channel_pkey PRIMARY KEY (channel)
);

CREATE TABLE oauth_client (
  id uuid NOT NULL,
  app_id uuid NOT NULL,
  organization_id text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  withdrawn_at timestamp with time zone,
  CONSTRAINT oauth_client_app_id_organization_id_key UNIQUE (app_id, organization_id),
  CONSTRAINT oauth_client_organization_id_check CHECK (((length(organization_id) >= 1) AND (length(organization_id) <= 64))),
  CONSTRAINT oauth_client_pkey PRIMARY KEY (id)
);

CREATE TABLE oauth_token (
  id uuid NOT NULL,
  family_id uuid NOT NULL,
  oauth_client_id uuid NOT NULL,
  scopes text[] NOT NULL,
  granted_scopes text[] NOT NULL,
  issued_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  refresh_token_hash bytea NOT NULL,
  refresh_expires_at timestamp with time zone NOT NULL,
  refreshed_at timestamp with time zone,
  revoked_at timestamp with time zone,
  CONSTRAINT oauth_token_pkey PRIMARY KEY (id),
  CONSTRAINT oauth_token_refresh_token_hash_key UNIQUE (refresh_token_hash)
);

CREATE TABLE operator_action (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  acted_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  queue_id uuid,
  reason text,
  before json NOT NULL,
  after json NOT NULL,
  target json,
  request_id uuid,
  result json,
  CONSTRAINT operator_action_pkey PRIMARY KEY (id),
  CONSTRAINT operator_action_request_id_key UNIQUE (request_id)
);

CREATE TABLE operator_token (
  id uuid NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  token_hash bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  CONSTRAINT operator_token_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  CONSTRAINT operator_token_pkey PRIMARY KEY (id),
  CONSTRAINT operator_token_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text]))),
  CONSTRAINT operator_token_token_hash_key UNIQUE (token_hash)
);

CREATE TABLE organization_subscriptions (
  organization_id text NOT NULL,
  version uuid NOT NULL DEFAULT gen_random_uuid(),
  CONSTRAINT organization_subscriptions_pkey PRIMARY KEY (organization_id)
) WITH (fillfactor=70);

CREATE TABLE queue_notice (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  notice_id uuid NOT NULL DEFAULT gen_random_uuid(),
  queue_id uuid NOT NULL,
  organization_id text NOT NULL,
  kind text NOT NULL,
  episode timestamp with time zone NOT NULL,
  happened_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  detail json NOT NULL,
  emitted_at timestamp with time zone,
  posted_at timestamp with time zone,
  CONSTRAINT queue_notice_kind_check CHECK ((kind = ANY (ARRAY['blocked'::text, 'gave_up'::text, 'still_blocked_1h'::text, 'still_blocked_24h'::text, 'recovered'::text]))),
  CONSTRAINT queue_notice_pkey PRIMARY KEY (id),
  CONSTRAINT queue_notice_queue_id_episode_kind_key UNIQUE (queue_id, episode, kind)
);

CREATE TABLE set_aside_message (
  queue_id uuid NOT NULL,
  seq bigint NOT NULL,
  message_id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  verdict text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  requeued_seq bigint,
  actor text NOT NULL,
  reason text,
  decided_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT set_aside_message_check CHECK (((verdict = 'REQUEUED'::text) = (requeued_seq IS NOT NULL))),
  CONSTRAINT set_aside_message_pkey PRIMARY KEY (queue_id, seq),
  CONSTRAINT set_aside_message_verdict_check CHECK ((verdict = ANY (ARRAY['PARKED'::text, 'DISCARDED'::text, 'REQUEUED'::text])))
);

CREATE TABLE webhook_position (
  webhook_id uuid NOT NULL,
  delivered_seq bigint,
  CONSTRAINT webhook_position_pkey PRIMARY KEY (webhook_id)
) WITH (fillfactor=50);

CREATE TABLE integration_queue_message_remainder PARTITION OF integration_queue_message FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00');
CREATE TABLE message_identity_default PARTITION OF message_identity DEFAULT;

ALTER TABLE application_organization ADD CONSTRAINT application_organization_app_id_fkey FOREIGN KEY (app_id) REFERENCES application(id);
ALTER TABLE application_signing_key ADD CONSTRAINT application_signing_key_application_id_fkey FOREIGN KEY (application_id) REFERENCES application(id) ON DELETE CASCADE;
ALTER TABLE gb_integration ADD CONSTRAINT gb_integration_app_id_fkey FOREIGN KEY (app_id) REFERENCES application(id);
ALTER TABLE integration_queue ADD CONSTRAINT integration_queue_application_id_fkey FOREIGN KEY (application_id) REFERENCES application(id);
ALTER TABLE integration_webhook ADD CONSTRAINT integration_webhook_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration_queue(queue_id);
ALTER TABLE oauth_client ADD CONSTRAINT oauth_client_app_id_fkey FOREIGN KEY (app_id) REFERENCES application(id);
ALTER TABLE oauth_token ADD CONSTRAINT oauth_token_oauth_client_id_fkey FOREIGN KEY (oauth_client_id) REFERENCES oauth_client(id);
ALTER TABLE set_aside_message ADD CONSTRAINT set_aside_message_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES integration_queue(queue_id);

CREATE INDEX application_signing_key_application ON public.application_signing_key USING btree (application_id);
CREATE INDEX gb_integration_app ON public.gb_integration USING btree (app_id);
CREATE INDEX gb_integration_organization ON public.gb_integration USING btree (organization_id);
CREATE INDEX integration_queue_application ON public.integration_queue USING btree (application_id);
CREATE INDEX integration_queue_message_copy ON ONLY public.integration_queue_message USING btree (message_id) WHERE (origin <> 'event'::text);
CREATE INDEX integration_queue_message_remainder_id ON public.integration_queue_message_remainder USING btree (message_id);
CREATE UNIQUE INDEX integration_webhook_active ON public.integration_webhook USING btree (integration_id, type) NULLS NOT DISTINCT WHERE (removed_at IS NULL);
CREATE INDEX integration_webhook_match ON public.integration_webhook USING btree (organization_id) WHERE (removed_at IS NULL);
CREATE INDEX message_identity_stored ON ONLY public.message_identity USING brin (stored_at);
CREATE INDEX oauth_token_client ON public.oauth_token USING btree (oauth_client_id);
CREATE INDEX oauth_token_expiry ON public.oauth_token USING btree (refresh_expires_at);
CREATE INDEX oauth_token_family ON public.oauth_token USING btree (family_id);
CREATE INDEX operator_action_queue ON public.operator_action USING btree (queue_id, id);
CREATE UNIQUE INDEX operator_token_active_name ON public.operator_token USING btree (name) WHERE (revoked_at IS NULL);
CREATE INDEX queue_notice_to_emit ON public.queue_notice USING btree (id) WHERE (emitted_at IS NULL);
CREATE INDEX queue_notice_to_post ON public.queue_notice USING btree (id) WHERE (posted_at IS NULL);
CREATE INDEX set_aside_message_id ON public.set_aside_message USING btree (message_id);

SET check_function_bodies = false;

CREATE OR REPLACE FUNCTION public.add_partitions(p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS SETOF text
 LANGUAGE sql
AS $function$
  SELECT t.name || '_' || to_char(d.day, 'YYYYMMDD')
  FROM generate_series((p_from AT TIME ZONE 'UTC')::date, (p_to AT TIME ZONE 'UTC')::date, interval '1 day') AS d (day),
       unnest(ARRAY['integration_queue_message', 'delivery_attempt', 'message_identity']) AS t (name)
  WHERE add_partition(t.name, d.day::date)
$function$
;

CREATE OR REPLACE FUNCTION public.day_partitions(p_table text)
 RETURNS TABLE(name text, day date)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT c.relname::text, to_date(right(c.relname, 8), 'YYYYMMDD')
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = p_table::regclass AND c.relname ~ '_[0-9]{8}$'
  ORDER BY 2
$function$
;

CREATE OR REPLACE FUNCTION public.expired_partitions(p_table text, p_before timestamp with time zone)
 RETURNS TABLE(name text, day date)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT p.name, p.day FROM day_partitions(p_table) p
  WHERE (p.day + 1)::timestamp AT TIME ZONE 'UTC' <= p_before ORDER BY p.day
$function$
;

CREATE OR REPLACE FUNCTION public.first_message_id_at(p_time timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT (lpad(to_hex((extract(epoch FROM p_time) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$function$
;

CREATE OR REPLACE FUNCTION public.needed_messages(q integration_queue, p_from timestamp with time zone, p_to timestamp with time zone, p_rows integer)
 RETURNS TABLE(seq bigint, bytes integer)
 LANGUAGE sql
 STABLE
AS $function$
  (SELECT m.seq, octet_length(m.body) FROM integration_queue_message m
   WHERE m.queue_id = q.queue_id AND m.seq >= q.head_seq AND m.stored_at >= p_from AND m.stored_at < p_to
   ORDER BY m.seq LIMIT p_rows)
  UNION ALL
  (SELECT m.seq, octet_length(m.body) FROM recallable_seqs(q) AS s (seq)
   JOIN integration_queue_message m ON m.queue_id = q.queue_id AND m.seq = s.seq
   WHERE m.stored_at >= p_from AND m.stored_at < p_to LIMIT p_rows)
$function$
;

CREATE OR REPLACE FUNCTION public.queue_claimable(q integration_queue, p_probe boolean)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  SELECT q.head_seq <= q.tail_seq AND q.suspended_at IS NULL AND q.paused_at IS NULL
     AND q.lease_until < clock_timestamp()
     AND CASE WHEN q.status = 'HEALTHY' OR queue_probes(q, p_probe) THEN q.due_at <= clock_timestamp()
              ELSE q.due_at = '-infinity' END
$function$
;

CREATE OR REPLACE FUNCTION public.queue_heads(p_queue uuid[])
 RETURNS TABLE(queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer, status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean, origin text, trace_parent text, backoff_min_ms integer, backoff_max_ms integer, previous_seq bigint, skipped bigint[], elsewhere boolean)
 LANGUAGE sql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
  SELECT q.queue_id, q.application_id, q.organization_id, q.lease_token, q.attempts,
         q.status, m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at, m.body,
         coalesce(m.end_point, w.end_point), CASE WHEN m.end_point IS NULL THEN w.headers ELSE '{}' END,
         w.removed_at IS NOT NULL OR q.head_seq <= q.set_aside_seq AND EXISTS (
           SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = q.head_seq),
         m.origin, m.trace_parent, q.backoff_min_ms, q.backoff_max_ms, CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END,
         skipped_seqs(q, m.webhook_id, CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END, m.seq),
         m.end_point IS NOT NULL
  FROM integration_queue q
  CROSS JOIN LATERAL (SELECT * FROM integration_queue_message m
                      WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq AND m.stored_at < now() + interval '1 day'
                      ORDER BY m.stored_at DESC LIMIT 1) m
  CROSS JOIN LATERAL (SELECT * FROM integration_webhook w WHERE w.id = m.webhook_id OFFSET 0) w
  LEFT JOIN LATERAL (SELECT * FROM webhook_position p WHERE p.webhook_id = m.webhook_id OFFSET 0) p ON true
  WHERE q.queue_id = ANY (p_queue)
$function$
;

CREATE OR REPLACE FUNCTION public.queue_probes(q integration_queue, p_default boolean)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT q.gave_up_at IS NULL AND coalesce(q.recovery_mode = 'probe', p_default)
$function$
;

CREATE OR REPLACE FUNCTION public.queue_run(q integration_queue, p_from bigint, p_wanted integer)
 RETURNS TABLE(seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean, origin text, trace_parent text, previous_seq bigint, skipped bigint[], elsewhere boolean)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at, m.body,
         coalesce(m.end_point, w.end_point), CASE WHEN m.end_point IS NULL THEN w.headers ELSE '{}' END,
         w.removed_at IS NOT NULL OR m.seq <= q.set_aside_seq AND EXISTS (
           SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = m.seq),
         m.origin, m.trace_parent, CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END,
         skipped_seqs(q, m.webhook_id, CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END, m.seq),
         m.end_point IS NOT NULL
  FROM (SELECT f.stored_at FROM integration_queue_message f
        WHERE f.queue_id = q.queue_id AND f.seq = p_from AND f.stored_at < now() + interval '1 day'
        ORDER BY f.stored_at DESC LIMIT 1) AS head
  CROSS JOIN LATERAL (
    SELECT r.*, sum(octet_length(r.body)) OVER (ORDER BY r.seq) AS bytes FROM integration_queue_message r
    WHERE r.queue_id = q.queue_id AND r.seq >= p_from AND r.seq < p_from + p_wanted
      AND r.stored_at >= head.stored_at AND r.stored_at < now() + interval '1 day') m
  CROSS JOIN LATERAL (SELECT * FROM integration_webhook w WHERE w.id = m.webhook_id OFFSET 0) w
  LEFT JOIN LATERAL (SELECT * FROM webhook_position p WHERE p.webhook_id = m.webhook_id OFFSET 0) p ON true
  WHERE m.bytes <= 65536 OR m.seq = p_from
$function$
;

CREATE OR REPLACE FUNCTION public.queue_snapshot(q integration_queue)
 RETURNS json
 LANGUAGE sql
 STABLE
AS $function$
  SELECT json_build_object('status', q.status, 'headSeq', q.head_seq::text, 'tailSeq', q.tail_seq::text,
    'pausedAt', q.paused_at, 'blockedAt', q.blocked_at, 'attempts', q.attempts, 'dueAt', q.due_at::text,
    'gaveUpReason', q.gave_up_reason, 'recoveryMode', q.recovery_mode,
    'backoffMinMs', q.backoff_min_ms, 'backoffMaxMs', q.backoff_max_ms)
$function$
;

CREATE OR REPLACE FUNCTION public.recallable_seqs(q integration_queue)
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE
AS $function$
  SELECT s.seq FROM set_aside_message s
  WHERE q.set_aside_seq > 0 AND s.queue_id = q.queue_id AND s.seq < q.head_seq
    AND s.seq >= (SELECT p.seq FROM set_aside_message p WHERE p.queue_id = q.queue_id AND p.verdict = 'PARKED'
                  ORDER BY p.seq LIMIT 1)
$function$
;

CREATE OR REPLACE FUNCTION public.skipped_seqs(q integration_queue, p_webhook uuid, p_after bigint, p_before bigint)
 RETURNS bigint[]
 LANGUAGE sql
 STABLE
AS $function$
  SELECT CASE WHEN q.set_aside_seq > p_after THEN ARRAY(
    SELECT s.seq FROM set_aside_message s
    WHERE s.queue_id = q.queue_id AND s.seq > p_after AND s.seq < p_before AND s.webhook_id = p_webhook
    ORDER BY s.seq LIMIT 1000) END
$function$
;

CREATE OR REPLACE FUNCTION public.unknown_before(p_before timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  SELECT CASE WHEN p_before IS NOT NULL THEN least(p_before, min(d.day)::timestamp AT TIME ZONE 'UTC') END
  FROM day_partitions('integration_queue_message') d
$function$
;

CREATE OR REPLACE FUNCTION public.waiting_seq(q integration_queue, p_message uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
  SELECT min(found.seq) FROM (
    SELECT i.seq FROM message_identity i WHERE i.message_id = p_message AND i.queue_id = q.queue_id
    UNION ALL
    SELECT m.seq FROM integration_queue_message m
      WHERE m.message_id = p_message AND m.origin <> 'event' AND m.queue_id = q.queue_id
    UNION ALL
    SELECT m.seq FROM integration_queue_message_remainder m WHERE m.message_id = p_message AND m.queue_id = q.queue_id
  ) AS found
  WHERE found.seq >= q.head_seq
    AND NOT EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = found.seq)
$function$
;

CREATE OR REPLACE FUNCTION public.add_partition(p_table text, p_day date)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
DECLARE
  v_name text := p_table || '_' || to_char(p_day, 'YYYYMMDD');
  v_from text := p_day || ' 00:00:00+00';
  v_to   text := (p_day + 1) || ' 00:00:00+00';
BEGIN
  IF to_regclass(v_name) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (autovacuum_vacuum_insert_scale_factor = 0.05)',
                 v_name, p_table);
  IF p_table = 'message_identity' THEN
    v_from := first_message_id_at(v_from::timestamptz)::text;
    v_to := first_message_id_at(v_to::timestamptz)::text;
    LOCK TABLE message_identity_default IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('WITH moved AS (DELETE FROM message_identity_default WHERE message_id >= %L AND message_id < %L
                    RETURNING *) INSERT INTO %I SELECT * FROM moved', v_from, v_to, v_name);
  END IF;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_table, v_name, v_from, v_to);
  RETURN true;
END $function$
;

CREATE OR REPLACE FUNCTION public.append_copies(q integration_queue, p_seq bigint[], p_origin text, p_end_point text)
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_copied integer;
BEGIN
  INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition,
                                         source_offset, body, origin, end_point, trace_parent)
  SELECT m.queue_id, q.tail_seq + s.n, m.message_id, m.webhook_id, m.type, m.enqueued_at, m.source_partition,
         m.source_offset, m.body, p_origin, p_end_point, m.trace_parent
  FROM unnest(p_seq) WITH ORDINALITY AS s (seq, n)
  CROSS JOIN LATERAL (SELECT * FROM integration_queue_message m WHERE m.queue_id = q.queue_id AND m.seq = s.seq
                      ORDER BY m.stored_at DESC LIMIT 1) m;
  GET DIAGNOSTICS v_copied = ROW_COUNT;
  IF v_copied <> cardinality(p_seq) THEN
    RAISE EXCEPTION 'of % messages % are stored', cardinality(p_seq), v_copied;
  END IF;
  UPDATE integration_queue u SET tail_seq = u.tail_seq + v_copied WHERE u.queue_id = q.queue_id;
  RETURN v_copied;
END $function$
;

CREATE OR REPLACE FUNCTION public.append_test_message(p_webhook uuid, p_integration uuid, p_integration_type text, p_message uuid, p_type text, p_body bytea)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_queue integration_queue;
  v_enqueued_at timestamptz;
BEGIN
  SELECT * INTO v_queue FROM integration_queue q WHERE q.queue_id = p_integration FOR NO KEY UPDATE;
  PERFORM 1 FROM integration_webhook w WHERE w.id = p_webhook AND w.integration_id = p_integration
    AND w.integration_type = p_integration_type AND w.removed_at IS NULL;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  v_enqueued_at := date_trunc('milliseconds', clock_timestamp());
  INSERT INTO integration_queue_message (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition,
                                         source_offset, body, stored_at, origin)
  VALUES (p_integration, v_queue.tail_seq + 1, p_message, p_webhook, p_type, v_enqueued_at, -1, -1, p_body,
          v_enqueued_at, 'test');
  UPDATE integration_queue q SET tail_seq = q.tail_seq + 1 WHERE q.queue_id = p_integration;
  RETURN v_enqueued_at;
END $function$
;

CREATE OR REPLACE FUNCTION public.change_webhook(p_id uuid, p_integration uuid, p_integration_type text, p_end_point text, p_headers json, p_remove boolean)
 RETURNS TABLE(verdict text, id uuid, integration_id uuid, type text, end_point text, headers json, created_at timestamp with time zone, queue_status text)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  v_webhook integration_webhook;
BEGIN
  PERFORM 1 FROM integration_queue q
    WHERE q.queue_id = (SELECT w.integration_id FROM integration_webhook w WHERE w.id = p_id)
    FOR NO KEY UPDATE;
  SELECT * INTO v_webhook FROM integration_webhook w WHERE w.id = p_id AND w.removed_at IS NULL;
  IF NOT FOUND THEN
    verdict := 'not_found';
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_integration IS NOT NULL AND (v_webhook.integration_id, v_webhook.integration_type)
       IS DISTINCT FROM (p_integration, p_integration_type) THEN
    verdict := 'mismatch';
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE integration_queue q SET due_at = '-infinity'
  WHERE q.queue_id = v_webhook.integration_id AND q.status = 'BLOCKED'
    AND EXISTS (SELECT 1 FROM integration_queue_message m
                WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq AND m.webhook_id = p_id);
  UPDATE integration_webhook w
  SET end_point = coalesce(p_end_point, w.end_point), headers = coalesce(p_headers, w.headers),
      removed_at = CASE WHEN p_remove THEN clock_timestamp() END
  WHERE w.id = p_id;
  RETURN QUERY
  SELECT 'changed', w.id, w.integration_id, w.type, w.end_point, w.headers, w.created_at, q.status
  FROM integration_webhook w JOIN integration_queue q ON q.queue_id = w.integration_id WHERE w.id = p_id;
END $function$
;

CREATE OR REPLACE FUNCTION public.claim_queues(p_queue uuid[], p_owner text, p_lease interval, p_probe boolean, p_run integer DEFAULT 1)
 RETURNS TABLE(queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer, status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean, origin text, trace_parent text, previous_seq bigint, skipped bigint[], elsewhere boolean, backoff_min_ms integer, backoff_max_ms integer, may_run boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
DECLARE
  v_claimed uuid[];
BEGIN
  WITH candidate AS MATERIALIZED (
    SELECT q.queue_id FROM integration_queue q
    WHERE q.queue_id = ANY (p_queue) AND queue_claimable(q, p_probe)
    ORDER BY q.queue_id FOR NO KEY UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE integration_queue q
    SET lease_token = q.lease_token + 1, lease_owner = p_owner, lease_until = clock_timestamp() + p_lease,
        leased_seq = least(q.tail_seq, q.head_seq - 1 + CASE WHEN q.status = 'HEALTHY' AND q.pace IS NULL AND q.set_aside_seq < q.head_seq
                              THEN p_run ELSE 1 END)
    FROM candidate c WHERE q.queue_id = c.queue_id
    RETURNING q.queue_id
  )
  SELECT array_agg(c.queue_id) INTO v_claimed FROM claimed c;
  RETURN QUERY
  SELECT q.queue_id, q.application_id, q.organization_id, q.lease_token, q.attempts, q.status, m.*,
         q.backoff_min_ms, q.backoff_max_ms, q.status = 'HEALTHY' AND q.pace IS NULL AND q.set_aside_seq < q.head_seq
  FROM integration_queue q
  CROSS JOIN LATERAL queue_run(q, q.head_seq, (q.leased_seq - q.head_seq + 1)::integer) m
  WHERE q.queue_id = ANY (v_claimed)
  ORDER BY q.queue_id, m.seq;
END $function$
;

CREATE OR REPLACE FUNCTION public.disallow_organization(p_client_id text, p_organization text)
 RETURNS TABLE(verdict text, queue_ids uuid[])
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_app uuid;
  v_type text;
BEGIN
  queue_ids := '{}';
  SELECT a.id, a.type INTO v_app, v_type FROM application a WHERE a.client_id = p_client_id FOR SHARE;
  IF NOT FOUND THEN
    verdict := 'not_found';
  ELSIF v_type <> 'PRIVATE' THEN
    verdict := 'no_list';
  ELSE
    DELETE FROM application_organization o WHERE o.app_id = v_app AND o.organization_id = p_organization;
    verdict := CASE WHEN FOUND THEN 'changed' ELSE 'unchanged' END;
    IF verdict = 'changed' THEN
      queue_ids := array_remove(ARRAY[withdraw_oauth_client(v_app, p_organization)], NULL);
      PERFORM remove_webhooks(queue_ids);
    END IF;
  END IF;
  RETURN NEXT;
END $function$
;

CREATE OR REPLACE FUNCTION public.drop_partition(p_table text, p_day date, p_before timestamp with time zone)
 RETURNS TABLE(dropped boolean, estimated_rows bigint, bytes bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET lock_timeout TO '1500ms'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  v_name text := p_table || '_' || to_char(p_day, 'YYYYMMDD');
  v_from timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  v_to   timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  PERFORM take_retention_turn();
  IF v_to > p_before THEN
    RAISE EXCEPTION '% had not ended at %', p_day, p_before;
  END IF;
  EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', p_table);
  PERFORM set_config('lock_timeout', '500ms', true);
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', v_name);
  IF p_table = 'integration_queue_message' THEN
    dropped := NOT EXISTS (
      SELECT FROM integration_queue q WHERE (q.head_seq <= q.tail_seq OR q.set_aside_seq > 0)
        AND EXISTS (SELECT FROM needed_messages(q, v_from, v_to, 1)));
  ELSIF p_table = 'message_identity' THEN
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I WHERE stored_at >= $1)', v_name) INTO dropped
      USING unknown_before(p_before);
  ELSE
    dropped := true;
  END IF;
  SELECT c.reltuples, pg_total_relation_size(c.oid) INTO estimated_rows, bytes FROM pg_class c WHERE c.oid = v_name::regclass;
  IF dropped THEN
    EXECUTE format('DROP TABLE %I', v_name);
  END IF;
  RETURN NEXT;
END $function$
;

CREATE OR REPLACE FUNCTION public.enqueue_messages(p_queue uuid[], p_message uuid[], p_webhook uuid[], p_type text[], p_partition integer[], p_offset bigint[], p_body bytea[], p_trace_parent text[] DEFAULT NULL::text[], p_take boolean[] DEFAULT NULL::boolean[], p_owner text DEFAULT NULL::text, p_lease interval DEFAULT NULL::interval, p_run integer DEFAULT NULL::integer, p_organization text[] DEFAULT NULL::text[], p_version uuid[] DEFAULT NULL::uuid[])
 RETURNS TABLE(queue_id uuid, inserted integer, first_message uuid, wake boolean, enqueued_at timestamp with time zone, lease_token bigint, first_seq bigint, application_id uuid, backoff_min_ms integer, backoff_max_ms integer, messages text, webhooks json)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  v_enqueued_at timestamptz;
BEGIN
  IF EXISTS (
    SELECT FROM unnest(p_organization, p_version) AS known (organization_id, version)
    LEFT JOIN LATERAL (SELECT o.version FROM organization_subscriptions o
                       WHERE o.organization_id = known.organization_id OFFSET 0) s ON true
    WHERE s.version IS DISTINCT FROM known.version
  ) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  v_enqueued_at := date_trunc('milliseconds', clock_timestamp());
  RETURN QUERY
  WITH incoming AS (
    SELECT *, row_number() OVER (PARTITION BY i.message_id ORDER BY i.ord) AS occurrence
    FROM unnest(p_queue, p_message, p_webhook, p_type, p_partition, p_offset, p_body, p_trace_parent, p_take)
         WITH ORDINALITY AS i (queue_id, message_id, webhook_id, type, partition, "offset", body, trace_parent, take, ord)
  ), fresh AS MATERIALIZED (
    SELECT i.*, row_number() OVER (PARTITION BY i.queue_id ORDER BY i.ord) AS n
    FROM incoming i
    WHERE i.occurrence = 1
      AND (SELECT known.seq FROM message_identity known WHERE known.message_id = i.message_id) IS NULL
  ), numbered AS MATERIALIZED (
    SELECT f.*, q.tail_seq + f.n AS seq FROM fresh f JOIN integration_queue q ON q.queue_id = f.queue_id
  ), added AS (
    INSERT INTO integration_queue_message
      (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition, source_offset, body, stored_at, trace_parent)
    SELECT f.queue_id, f.seq, f.message_id, f.webhook_id, f.type, v_enqueued_at,
           f.partition, f."offset", f.body, v_enqueued_at, f.trace_parent
    FROM numbered f
  ), identified AS (
    INSERT INTO message_identity (message_id, queue_id, seq, stored_at)
    SELECT f.message_id, f.queue_id, f.seq, v_enqueued_at FROM numbered f
  ), counted AS (
    SELECT f.queue_id, count(*)::integer AS n, (array_agg(f.message_id ORDER BY f.n))[1] AS first, bool_or(f.take) AS take,
           string_agg(f.message_id::text, ',' ORDER BY f.n) FILTER (WHERE f.take AND f.n <= p_run) AS messages,
           array_agg(DISTINCT f.webhook_id) FILTER (WHERE f.take AND f.n <= p_run) AS webhooks
    FROM numbered f GROUP BY f.queue_id
  ), judged AS (
    SELECT c.*, coalesce(c.take, false) AND q.head_seq > q.tail_seq AND q.status = 'HEALTHY' AND q.pace IS NULL
             AND q.set_aside_seq < q.head_seq AND q.suspended_at IS NULL AND q.paused_at IS NULL
             AND q.due_at <= clock_timestamp() AND q.lease_until < clock_timestamp() AS taken
    FROM counted c JOIN integration_queue q ON q.queue_id = c.queue_id
  )
  UPDATE integration_queue q SET
    tail_seq    = q.tail_seq + j.n,
    lease_token = q.lease_token + j.taken::integer,
    lease_owner = CASE WHEN j.taken THEN p_owner ELSE q.lease_owner END,
    lease_until = CASE WHEN j.taken THEN clock_timestamp() + p_lease ELSE q.lease_until END,
    leased_seq  = CASE WHEN j.taken THEN q.tail_seq + least(j.n, p_run) ELSE q.leased_seq END
  FROM judged j WHERE q.queue_id = j.queue_id
  RETURNING q.queue_id, j.n, j.first, j.taken OR q.status = 'HEALTHY' AND queue_claimable(q, true), v_enqueued_at,
            CASE WHEN j.taken THEN q.lease_token END, q.head_seq, q.application_id, q.backoff_min_ms, q.backoff_max_ms,
            CASE WHEN j.taken THEN j.messages END,
            CASE WHEN j.taken THEN (
              SELECT json_agg(json_build_object('id', w.id, 'endPoint', w.end_point, 'headers', w.headers,
                                                'removed', w.removed_at IS NOT NULL,
                                                'previous', CASE WHEN p.webhook_id IS NULL THEN 0 ELSE p.delivered_seq END::text,
                                                'skipped', skipped_seqs(q, w.id, CASE WHEN p.webhook_id IS NULL THEN 0
                                                             ELSE p.delivered_seq END, q.head_seq)::text[]))
              FROM integration_webhook w
              LEFT JOIN LATERAL (SELECT * FROM webhook_position p WHERE p.webhook_id = w.id OFFSET 0) p ON true
              WHERE w.id = ANY (j.webhooks)) END;
END $function$
;

CREATE OR REPLACE FUNCTION public.forget_rows(p_now timestamp with time zone, p_before timestamp with time zone, p_known_before timestamp with time zone, p_rows integer)
 RETURNS TABLE(name text, deleted bigint)
 LANGUAGE plpgsql
 SET lock_timeout TO '1500ms'
AS $function$
DECLARE
  v_unknown_before timestamptz;
BEGIN
  PERFORM take_retention_turn();
  v_unknown_before := unknown_before(p_known_before);
  RETURN QUERY
  WITH identity AS (
    DELETE FROM message_identity_default i WHERE i.message_id = ANY (ARRAY(
      SELECT d.message_id FROM message_identity_default d
      WHERE d.stored_at < v_unknown_before
        AND (d.message_id < first_message_id_at(p_now) OR d.message_id >= '80000000-0000-0000-0000-000000000000')
      LIMIT p_rows)) RETURNING 1
  ), aside AS (
    DELETE FROM set_aside_message s WHERE (s.queue_id, s.seq) IN (
      SELECT a.queue_id, a.seq FROM set_aside_message a
      WHERE a.verdict <> 'PARKED' AND a.decided_at < p_before AND NOT EXISTS (
        SELECT FROM integration_queue_message m WHERE m.queue_id = a.queue_id AND m.seq = a.seq)
      LIMIT p_rows) RETURNING 1
  ), notice AS (
    DELETE FROM queue_notice n WHERE n.id = ANY (ARRAY(
      SELECT o.id FROM queue_notice o
      WHERE o.emitted_at IS NOT NULL AND o.happened_at < p_before AND NOT EXISTS (
        SELECT FROM integration_queue q WHERE q.queue_id = o.queue_id AND q.blocked_at = o.episode)
      LIMIT p_rows)) RETURNING 1
  ), letter AS (
    DELETE FROM ingest_dead_letter l WHERE l.id = ANY (ARRAY(
      SELECT r.id FROM ingest_dead_letter r WHERE r.redriven_at < p_known_before LIMIT p_rows)) RETURNING 1
  )
  SELECT 'message_identity_default', count(*) FROM identity
  UNION ALL SELECT 'set_aside_message', count(*) FROM aside
  UNION ALL SELECT 'queue_notice', count(*) FROM notice
  UNION ALL SELECT 'ingest_dead_letter', count(*) FROM letter;
END $function$
;

CREATE OR REPLACE FUNCTION public.forget_settled(p_from uuid, p_rows integer)
 RETURNS TABLE(deleted integer, next_queue uuid)
 LANGUAGE plpgsql
 SET lock_timeout TO '1500ms'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_queue integration_queue;
  v_deleted integer;
BEGIN
  PERFORM take_retention_turn();
  deleted := 0;
  FOR next_queue IN
    SELECT q.queue_id FROM integration_queue q
    WHERE q.queue_id >= p_from AND EXISTS (
      SELECT FROM integration_queue_message_remainder m
      WHERE m.queue_id = q.queue_id AND m.seq < q.head_seq AND m.seq NOT IN (SELECT recallable_seqs(q)))
    ORDER BY q.queue_id
  LOOP
    SELECT * INTO v_queue FROM integration_queue q WHERE q.queue_id = next_queue FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    DELETE FROM integration_queue_message_remainder m WHERE m.queue_id = v_queue.queue_id AND m.seq = ANY (ARRAY(
      SELECT r.seq FROM integration_queue_message_remainder r
      WHERE r.queue_id = v_queue.queue_id AND r.seq < v_queue.head_seq AND r.seq NOT IN (SELECT recallable_seqs(v_queue))
      ORDER BY r.seq LIMIT p_rows - deleted));
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    deleted := deleted + v_deleted;
    IF deleted >= p_rows THEN
      RETURN NEXT;
      RETURN;
    END IF;
  END LOOP;
  next_queue := NULL;
  RETURN NEXT;
END $function$
;

CREATE OR REPLACE FUNCTION public.give_back_taken(p_queue uuid[], p_owner text)
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_given_back integer;
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  UPDATE integration_queue q SET lease_until = '-infinity'
  WHERE q.queue_id = ANY (p_queue) AND q.lease_owner = p_owner AND q.lease_until > '-infinity';
  GET DIAGNOSTICS v_given_back = ROW_COUNT;
  RETURN v_given_back;
END $function$
;

CREATE OR REPLACE FUNCTION public.keep_undelivered(p_day date, p_from uuid, p_rows integer, p_bytes bigint)
 RETURNS TABLE(moved integer, next_queue uuid)
 LANGUAGE plpgsql
 SET lock_timeout TO '1500ms'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_from timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
  v_to   timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
  v_seqs bigint[];
  v_bytes bigint;
BEGIN
  PERFORM take_retention_turn();
  moved := 0;
  FOR next_queue IN
    SELECT q.queue_id FROM integration_queue q
    WHERE q.queue_id >= p_from AND (q.head_seq <= q.tail_seq OR q.set_aside_seq > 0)
      AND EXISTS (SELECT FROM needed_messages(q, v_from, v_to, 1))
    ORDER BY q.queue_id
  LOOP
    SELECT array_agg(n.seq), sum(n.bytes) INTO v_seqs, v_bytes FROM (
      SELECT m.seq, m.bytes, sum(m.bytes) OVER (ORDER BY m.seq) - m.bytes AS before
      FROM integration_queue q CROSS JOIN LATERAL (
        SELECT * FROM needed_messages(q, v_from, v_to, p_rows - moved) AS each ORDER BY each.seq LIMIT p_rows - moved) AS m
      WHERE q.queue_id = next_queue
    ) AS n WHERE n.before < p_bytes;
    CONTINUE WHEN v_seqs IS NULL;
    UPDATE integration_queue_message m SET stored_at = '-infinity'
    WHERE m.queue_id = next_queue AND m.seq = ANY (v_seqs) AND m.stored_at >= v_from AND m.stored_at < v_to;
    moved := moved + cardinality(v_seqs);
    p_bytes := p_bytes - v_bytes;
    IF moved >= p_rows OR p_bytes <= 0 THEN
      RETURN NEXT;
      RETURN;
    END IF;
  END LOOP;
  next_queue := NULL;
  RETURN NEXT;
END $function$
;

CREATE OR REPLACE FUNCTION public.make_partitions(p_now timestamp with time zone)
 RETURNS SETOF text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET lock_timeout TO '1500ms'
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock(x'68637061'::bigint);
  RETURN QUERY SELECT add_partitions(p_now, p_now + interval '3 days');
END $function$
;

CREATE OR REPLACE FUNCTION public.operate_queue(p_verb text, p_queue uuid, p_args json, p_actor text, p_reason text, p_request uuid, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_queue integration_queue;
  v_done operator_action;
  v_before json;
  v_after json;
  v_result jsonb;
BEGIN
  SELECT * INTO v_queue FROM integration_queue q WHERE q.queue_id = p_queue FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('verdict', 'not_found');
  END IF;
  SELECT * INTO v_done FROM operator_action a WHERE a.request_id = p_request;
  IF FOUND THEN
    IF v_done.action <> p_verb OR v_done.queue_id IS DISTINCT FROM p_queue OR v_done.target::text IS DISTINCT FROM p_args::text THEN
      RETURN jsonb_build_object('verdict', 'request_id_used');
    END IF;
    RETURN v_done.result::jsonb || jsonb_build_object('repeated', true, 'before', v_done.before, 'after', v_done.after);
  END IF;
  v_before := queue_snapshot(v_queue);
  BEGIN
    EXECUTE format('SELECT %I($1, $2, $3, $4, $5)', 'verb_' || p_verb) INTO v_result
      USING v_queue, p_args, p_actor, p_reason, p_dry_run;
    SELECT queue_snapshot(q) INTO v_after FROM integration_queue q WHERE q.queue_id = p_queue;
    IF p_dry_run THEN
      RAISE EXCEPTION USING ERRCODE = 'WHDRY', MESSAGE = 'a dry run is undone';
    END IF;
  EXCEPTION WHEN SQLSTATE 'WHDRY' THEN NULL;
  END;
  IF v_result ->> 'verdict' = 'changed' AND NOT p_dry_run THEN
    INSERT INTO operator_action (actor, action, queue_id, target, reason, request_id, before, after, result)
    VALUES (p_actor, p_verb, p_queue, p_args, p_reason, p_request, v_before, v_after, v_result);
  END IF;
  RETURN v_result || jsonb_build_object('repeated', false, 'before', v_before, 'after', v_after);
END $function$
;

CREATE OR REPLACE FUNCTION public.record_deliveries(p_queue uuid[], p_token bigint[], p_last integer[], p_tried integer[], p_ends boolean[], p_from bigint[], p_wanted integer[], p_of integer[], p_seq bigint[], p_attempt integer[], p_message uuid[], p_webhook uuid[], p_ago double precision[], p_duration integer[], p_outcome text[], p_status_code integer[], p_lease interval, p_elsewhere boolean[] DEFAULT NULL::boolean[])
 RETURNS TABLE(queue_id uuid, more boolean, goes_on boolean, held boolean, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean, origin text, trace_parent text, previous_seq bigint, skipped bigint[], elsewhere boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms, outcome, status_code)
  SELECT q.queue_id, d.seq, d.attempt, d.message_id, d.webhook_id,
         greatest(statement_timestamp() - d.ago * interval '1 millisecond',
                  q.last_tried_at + d.place * interval '1 microsecond'), d.duration_ms, d.outcome, d.status_code
  FROM unnest(p_of, p_seq, p_attempt, p_message, p_webhook, p_ago, p_duration, p_outcome, p_status_code) WITH ORDINALITY
    AS d (n, seq, attempt, message_id, webhook_id, ago, duration_ms, outcome, status_code, place)
  JOIN integration_queue q ON q.queue_id = p_queue[d.n] AND q.lease_token = p_token[d.n] AND q.head_seq <= d.seq;
  INSERT INTO webhook_position AS p (webhook_id, delivered_seq)
  SELECT d.webhook_id, max(d.seq)
  FROM unnest(p_of, p_seq, p_webhook, p_outcome, p_elsewhere)
    AS d (n, seq, webhook_id, outcome, elsewhere)
  JOIN integration_queue q ON q.queue_id = p_queue[d.n] AND q.lease_token = p_token[d.n] AND q.head_seq <= d.seq
  WHERE d.outcome = 'delivered' AND d.elsewhere IS NOT TRUE
  GROUP BY d.webhook_id
  ON CONFLICT (webhook_id) DO UPDATE SET delivered_seq = excluded.delivered_seq;
  RETURN QUERY
  WITH advanced AS (
    UPDATE integration_queue q SET
      head_seq      = greatest(q.head_seq, r.seq + 1),
      attempts      = 0,
      last_tried_at = CASE WHEN r.tried IS NULL THEN q.last_tried_at ELSE greatest(statement_timestamp() - p_ago[r.tried] * interval '1 millisecond',
                  q.last_tried_at + r.tried * interval '1 microsecond') END,
      leased_seq    = greatest(q.leased_seq, least(q.tail_seq, r.from_seq + r.wanted - 1)),
      lease_until   = CASE WHEN r.ends OR q.tail_seq <= r.seq THEN '-infinity' ELSE clock_timestamp() + p_lease END
    FROM (
      SELECT o.*, p_seq[o.last] AS seq
      FROM unnest(p_queue, p_token, p_last, p_tried, p_ends, p_from, p_wanted)
        AS o (queue_id, token, last, tried, ends, from_seq, wanted)) r
    WHERE q.queue_id = r.queue_id AND q.lease_token = r.token
    RETURNING q.queue_id, q.tail_seq > r.seq AS more, q.lease_until > '-infinity' AS held, r.from_seq,
              CASE WHEN q.set_aside_seq < r.from_seq THEN r.wanted ELSE 0 END AS wanted,
              NOT r.ends AND q.tail_seq > r.seq AND q.suspended_at IS NULL AND q.paused_at IS NULL AS goes_on
  )
  SELECT a.queue_id, a.more, a.goes_on, a.held, m.*
  FROM advanced a
  LEFT JOIN LATERAL (
    SELECT m.* FROM integration_queue q CROSS JOIN LATERAL queue_run(q, a.from_seq, a.wanted) m
    WHERE a.goes_on AND a.wanted > 0 AND q.queue_id = a.queue_id) m ON true
  ORDER BY a.queue_id, m.seq;
END $function$
;

CREATE OR REPLACE FUNCTION public.release_queues(p_queue uuid[], p_token bigint[], p_delay interval)
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_released integer;
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  UPDATE integration_queue q
  SET lease_until = '-infinity',
      due_at = CASE WHEN p_delay > interval '0' AND q.status = 'HEALTHY' THEN clock_timestamp() + p_delay ELSE q.due_at END
  FROM unnest(p_queue, p_token) AS r (queue_id, token)
  WHERE q.queue_id = r.queue_id AND q.lease_token = r.token;
  GET DIAGNOSTICS v_released = ROW_COUNT;
  RETURN v_released;
END $function$
;

CREATE OR REPLACE FUNCTION public.remove_webhooks(p_integrations uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_integrations)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  UPDATE integration_queue q SET due_at = '-infinity'
  WHERE q.queue_id = ANY (p_integrations) AND q.status = 'BLOCKED'
    AND EXISTS (SELECT 1 FROM integration_queue_message m JOIN integration_webhook w ON w.id = m.webhook_id
                WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq
                  AND w.integration_id = ANY (p_integrations));
  UPDATE integration_webhook w SET removed_at = clock_timestamp()
  WHERE w.integration_id = ANY (p_integrations) AND w.removed_at IS NULL;
END $function$
;

CREATE OR REPLACE FUNCTION public.set_application_status(p_client_id text, p_status text)
 RETURNS TABLE(changed boolean, queue_ids uuid[])
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_id uuid;
BEGIN
  SELECT a.id, a.status <> p_status INTO v_id, changed
    FROM application a WHERE a.client_id = p_client_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT coalesce(array_agg(locked.queue_id), '{}') INTO queue_ids
  FROM (SELECT q.queue_id FROM integration_queue q WHERE q.application_id = v_id
        ORDER BY q.queue_id FOR NO KEY UPDATE) AS locked;
  IF changed THEN
    UPDATE application a SET status = p_status WHERE a.id = v_id;
    UPDATE integration_queue q
    SET suspended_at = CASE WHEN p_status = 'SUSPENDED' THEN clock_timestamp() END,
        probing_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() END
    WHERE q.queue_id = ANY (queue_ids);
  END IF;
  RETURN NEXT;
END $function$
;

CREATE OR REPLACE FUNCTION public.set_head_aside(q integration_queue, p_verdict text, p_actor text, p_reason text)
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_head record;
  v_next bigint := q.head_seq + 1;
BEGIN
  SELECT m.message_id, m.webhook_id INTO STRICT v_head FROM integration_queue_message m
    WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq LIMIT 1;
  INSERT INTO set_aside_message (queue_id, seq, message_id, webhook_id, verdict, attempts, actor, reason)
    VALUES (q.queue_id, q.head_seq, v_head.message_id, v_head.webhook_id, p_verdict, q.attempts, p_actor, p_reason);
  WHILE EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = v_next) LOOP
    v_next := v_next + 1;
  END LOOP;
  UPDATE integration_queue u SET
    head_seq = v_next, set_aside_seq = greatest(q.set_aside_seq, q.head_seq), lease_token = q.lease_token + 1,
    status = 'HEALTHY', blocked_at = NULL,
    attempts = coalesce((
        SELECT max(a.attempt) FROM integration_queue_message m
        JOIN delivery_attempt a ON a.webhook_id = m.webhook_id AND a.seq = m.seq
        WHERE m.queue_id = q.queue_id AND m.seq = v_next), 0), last_error = NULL, last_error_code = NULL,
    healthy_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() ELSE q.healthy_since END,
    gave_up_at = NULL, gave_up_reason = NULL, probing_since = NULL, due_at = '-infinity'
  WHERE u.queue_id = q.queue_id;
  IF q.status = 'BLOCKED' THEN
    INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail)
    VALUES (q.queue_id, q.organization_id, 'recovered', q.blocked_at,
            json_build_object('messageId', v_head.message_id, 'webhookId', v_head.webhook_id, 'attempts', q.attempts,
                              'depth', q.tail_seq - v_next + 1, 'outcome', lower(p_verdict)))
    ON CONFLICT (queue_id, episode, kind) DO NOTHING;
  END IF;
END $function$
;

CREATE OR REPLACE FUNCTION public.settle_attempts(p_queue uuid[], p_token bigint[], p_seq bigint[], p_attempt integer[], p_message uuid[], p_ago integer[], p_duration integer[], p_outcome text[], p_status_code integer[], p_code text[], p_error text[], p_excerpt bytea[], p_retry_in interval[], p_keep boolean[], p_lease interval, p_webhook uuid[] DEFAULT NULL::uuid[], p_give_up interval DEFAULT NULL::interval, p_slow_ms integer DEFAULT NULL::integer, p_pace_start real DEFAULT NULL::real, p_pace_step real DEFAULT NULL::real, p_pace_limit real DEFAULT NULL::real, p_probe boolean DEFAULT true, p_elsewhere boolean[] DEFAULT NULL::boolean[])
 RETURNS TABLE(settled_queue uuid, more boolean, due_at timestamp with time zone, last_tried_at timestamp with time zone, due_in double precision, blocked boolean, probes boolean, queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer, status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean, origin text, trace_parent text, backoff_min_ms integer, backoff_max_ms integer, previous_seq bigint, skipped bigint[], elsewhere boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
DECLARE
  v_settled uuid[];
  v_kept uuid[];
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  WITH outcome AS (
    SELECT o.queue_id, o.token, o.seq, o.attempt, o.message_id, o.duration_ms, o.outcome,
           o.status_code, o.code, o.error, o.excerpt, o.retry_in, o.keep,
           o.outcome IN ('delivered', 'discarded') AS advances,
           clock_timestamp() - o.ago * interval '1 millisecond' AS started_at,
           coalesce(o.webhook, (SELECT m.webhook_id FROM integration_queue_message m
                                WHERE m.queue_id = o.queue_id AND m.seq = o.seq LIMIT 1)) AS webhook_id
    FROM unnest(p_queue, p_token, p_seq, p_attempt, p_message, p_ago, p_duration, p_outcome,
                p_status_code, p_code, p_error, p_excerpt, p_retry_in, p_keep, p_webhook)
      AS o (queue_id, token, seq, attempt, message_id, ago, duration_ms, outcome,
            status_code, code, error, excerpt, retry_in, keep, webhook)
  ), judged AS MATERIALIZED (
    SELECT o.*, q.status AS was_status, q.attempts AS was_attempts, q.blocked_at AS was_blocked_at,
           q.gave_up_reason AS had_given_up, CASE
      WHEN p_pace_start IS NULL THEN NULL
      WHEN NOT o.advances AND q.status = 'BLOCKED' THEN coalesce(q.pace, p_pace_start)
      WHEN NOT o.advances THEN greatest(p_pace_start, q.pace / 2)
      WHEN o.outcome = 'discarded' THEN q.pace
      WHEN q.pace IS NULL OR q.tail_seq = o.seq THEN NULL
      WHEN o.duration_ms > p_slow_ms THEN greatest(p_pace_start, q.pace / 2)
      WHEN q.pace + p_pace_step / q.pace >= p_pace_limit THEN NULL
      ELSE q.pace + p_pace_step / q.pace END AS pace, CASE
      WHEN o.advances THEN NULL
      WHEN q.gave_up_reason IS NOT NULL THEN q.gave_up_reason
      WHEN NOT queue_probes(q, p_probe) THEN NULL
      WHEN o.code = 'http_status' AND o.status_code = 410 THEN 'gone'
      WHEN greatest(q.blocked_at, q.probing_since) < clock_timestamp() - p_give_up THEN 'no_success' END AS gives_up,
           CASE WHEN NOT o.advances THEN (
             SELECT w.removed_at IS NOT NULL FROM integration_webhook w WHERE w.id = o.webhook_id) END AS removed
    FROM outcome o
    JOIN integration_queue q ON q.queue_id = o.queue_id AND q.lease_token = o.token AND q.head_seq = o.seq
  ), settled AS (
    UPDATE integration_queue q SET
      head_seq        = CASE WHEN o.advances THEN o.seq + 1 ELSE q.head_seq END,
      status          = CASE WHEN o.advances THEN 'HEALTHY' ELSE 'BLOCKED' END,
      attempts        = CASE WHEN NOT o.advances THEN o.attempt WHEN o.seq > q.set_aside_seq THEN 0
                             ELSE coalesce((
        SELECT max(a.attempt) FROM integration_queue_message m
        JOIN delivery_attempt a ON a.webhook_id = m.webhook_id AND a.seq = m.seq
        WHERE m.queue_id = q.queue_id AND m.seq = o.seq + 1), 0) END,
      blocked_at      = CASE WHEN o.advances THEN NULL ELSE coalesce(q.blocked_at, clock_timestamp()) END,
      healthy_since   = CASE WHEN o.advances AND q.status = 'BLOCKED' THEN clock_timestamp() ELSE q.healthy_since END,
      last_tried_at   = CASE WHEN o.outcome = 'discarded' THEN q.last_tried_at ELSE o.started_at END,
      last_error      = CASE WHEN o.advances THEN NULL ELSE o.error END,
      last_error_code = CASE WHEN o.advances THEN NULL ELSE o.code END,
      probing_since   = CASE WHEN o.advances THEN NULL ELSE q.probing_since END,
      gave_up_reason  = o.gives_up,
      gave_up_at      = CASE WHEN o.gives_up IS NOT NULL THEN coalesce(q.gave_up_at, clock_timestamp()) END,
      pace            = o.pace,
      due_at          = CASE WHEN o.advances AND o.pace IS NULL OR NOT o.advances AND o.removed THEN '-infinity'
                             WHEN o.advances THEN clock_timestamp() + interval '1 second' / o.pace
                             ELSE clock_timestamp() + o.retry_in END,
      lease_until     = CASE WHEN o.advances AND o.keep AND q.tail_seq > o.seq AND o.pace IS NULL
                                  AND q.suspended_at IS NULL AND q.paused_at IS NULL
                             THEN clock_timestamp() + p_lease ELSE '-infinity' END
    FROM judged o
    WHERE q.queue_id = o.queue_id
    RETURNING q.queue_id, q.organization_id, q.lease_until > '-infinity' AS kept, q.blocked_at, q.due_at,
              q.tail_seq - q.head_seq + 1 AS depth, o.advances, o.was_status, o.was_attempts, o.was_blocked_at,
              o.had_given_up, o.gives_up, o.webhook_id, o.seq, o.attempt, o.message_id, o.started_at, o.duration_ms,
              o.outcome, o.status_code, o.code, o.error, o.excerpt
  ), recorded AS (
    INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, webhook_id, started_at, duration_ms, outcome,
                                  status_code, code, error, excerpt)
    SELECT s.queue_id, s.seq, s.attempt, s.message_id, s.webhook_id, s.started_at, s.duration_ms, s.outcome,
           s.status_code, s.code, s.error, s.excerpt
    FROM settled s
    WHERE CASE WHEN s.outcome = 'discarded'
               THEN NOT EXISTS (SELECT FROM set_aside_message a WHERE a.queue_id = s.queue_id AND a.seq = s.seq)
               ELSE s.advances OR s.was_attempts < s.attempt END
  ), positioned AS (
    INSERT INTO webhook_position AS p (webhook_id, delivered_seq)
    SELECT s.webhook_id, s.seq FROM settled s
    JOIN unnest(p_queue, p_elsewhere) AS e (queue_id, elsewhere) ON e.queue_id = s.queue_id
    WHERE s.outcome = 'delivered' AND e.elsewhere IS NOT TRUE
    ON CONFLICT (webhook_id) DO UPDATE SET delivered_seq = excluded.delivered_seq
  ), noticed AS (
    INSERT INTO queue_notice (queue_id, organization_id, kind, episode, detail)
    SELECT s.queue_id, s.organization_id, n.kind, coalesce(s.was_blocked_at, s.blocked_at),
           json_build_object('messageId', s.message_id, 'webhookId', s.webhook_id, 'attempts', s.attempt, 'depth', s.depth,
                             'outcome', s.outcome, 'code', s.code, 'statusCode', s.status_code, 'error', s.error,
                             'reason', s.gives_up)
    FROM settled s CROSS JOIN LATERAL (VALUES
      ('blocked', NOT s.advances AND s.was_status = 'HEALTHY'),
      ('gave_up', s.gives_up IS DISTINCT FROM s.had_given_up AND s.gives_up IS NOT NULL),
      ('recovered', s.advances AND s.was_status = 'BLOCKED')) AS n (kind, happened)
    WHERE n.happened
    ON CONFLICT (queue_id, episode, kind) DO NOTHING
  )
  SELECT array_agg(s.queue_id), array_agg(s.queue_id) FILTER (WHERE s.kept)
    INTO v_settled, v_kept FROM settled s;
  RETURN QUERY SELECT q.queue_id, q.head_seq <= q.tail_seq, q.due_at, q.last_tried_at,
    CASE WHEN isfinite(q.due_at) THEN extract(epoch FROM q.due_at - clock_timestamp())::float8 * 1000 END,
    q.status = 'BLOCKED', CASE WHEN q.gave_up_at IS NOT NULL THEN false ELSE q.recovery_mode = 'probe' END, NULL::uuid, NULL::uuid, NULL::text, NULL::bigint, NULL::integer, NULL::text, NULL::bigint,
    NULL::uuid, NULL::uuid, NULL::text, NULL::timestamptz, NULL::bytea, NULL::text, NULL::json, NULL::boolean,
    NULL::text, NULL::text, NULL::integer, NULL::integer, NULL::bigint, NULL::bigint[], NULL::boolean
    FROM integration_queue q WHERE q.queue_id = ANY (v_settled) AND (q.queue_id = ANY (v_kept)) IS NOT TRUE;
  RETURN QUERY SELECT h.queue_id, true, '-infinity'::timestamptz, NULL::timestamptz, NULL::float8, false, NULL::boolean, h.* FROM queue_heads(v_kept) h;
END $function$
;

CREATE OR REPLACE FUNCTION public.take_retention_turn()
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NOT pg_try_advisory_xact_lock(x'68637274'::bigint) THEN
    RAISE EXCEPTION USING ERRCODE = 'WHRET', MESSAGE = 'another replica is at it';
  END IF;
END $function$
;

CREATE OR REPLACE FUNCTION public.uninstall_integration(p_integration uuid)
 RETURNS uuid[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_app uuid;
  v_organization text;
  v_queues uuid[];
BEGIN
  UPDATE gb_integration i SET status = 'UNINSTALLED' WHERE i.id = p_integration AND i.status = 'ACTIVE'
    RETURNING i.app_id, i.organization_id INTO v_app, v_organization;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  v_queues := array_remove(ARRAY[p_integration, withdraw_oauth_client(v_app, v_organization)], NULL);
  PERFORM remove_webhooks(v_queues);
  RETURN v_queues;
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_discard(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_message uuid := p_args ->> 'messageId';
  v_seq bigint;
BEGIN

  UPDATE set_aside_message s SET verdict = 'DISCARDED', actor = p_actor, reason = p_reason, decided_at = clock_timestamp()
    WHERE s.queue_id = q.queue_id AND s.message_id = v_message AND s.verdict = 'PARKED';
  IF FOUND THEN RETURN jsonb_build_object('verdict', 'changed'); END IF;
  v_seq := waiting_seq(q, v_message);
  IF v_seq IS NULL THEN
    IF EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.message_id = v_message
               AND s.verdict = 'DISCARDED') THEN RETURN jsonb_build_object('verdict', 'unchanged'); END IF;
    RETURN jsonb_build_object('verdict', 'not_waiting');
  END IF;
  IF v_seq = q.head_seq THEN
    IF q.lease_until > clock_timestamp() THEN RETURN jsonb_build_object('verdict', 'in_flight'); END IF;
    PERFORM set_head_aside(q, 'DISCARDED', p_actor, p_reason);
  ELSE
    IF v_seq <= q.leased_seq AND q.lease_until > clock_timestamp() THEN RETURN jsonb_build_object('verdict', 'in_flight'); END IF;
    INSERT INTO set_aside_message (queue_id, seq, message_id, webhook_id, verdict, actor, reason)
    SELECT m.queue_id, m.seq, m.message_id, m.webhook_id, 'DISCARDED', p_actor, p_reason
    FROM integration_queue_message m WHERE m.queue_id = q.queue_id AND m.seq = v_seq LIMIT 1;
    UPDATE integration_queue u SET set_aside_seq = greatest(u.set_aside_seq, v_seq) WHERE u.queue_id = q.queue_id;
  END IF;
  RETURN jsonb_build_object('verdict', 'changed') || jsonb_build_object('seq', v_seq::text);
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_pause(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$

BEGIN

  IF q.paused_at IS NOT NULL THEN RETURN jsonb_build_object('verdict', 'unchanged'); END IF;
  UPDATE integration_queue u SET paused_at = clock_timestamp() WHERE u.queue_id = q.queue_id;
  RETURN jsonb_build_object('verdict', 'changed');
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_replay(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_from timestamptz := p_args ->> 'from';
  v_to timestamptz := p_args ->> 'to';
  v_webhook uuid := p_args ->> 'webhookId';
  v_limit integer := p_args ->> 'limit';
  v_seqs bigint[];
BEGIN

  SELECT coalesce(array_agg(found.seq ORDER BY found.seq), '{}') INTO v_seqs FROM (
    SELECT m.seq FROM integration_queue_message m JOIN integration_webhook w ON w.id = m.webhook_id
    WHERE m.queue_id = q.queue_id AND m.seq < q.head_seq AND m.origin = 'event'
      AND m.enqueued_at >= v_from AND m.enqueued_at < v_to
      AND (m.stored_at >= v_from AND m.stored_at < v_to OR m.stored_at = '-infinity')
      AND w.removed_at IS NULL AND (v_webhook IS NULL OR m.webhook_id = v_webhook)
      AND NOT EXISTS (
        SELECT FROM set_aside_message s
        LEFT JOIN set_aside_message again ON again.queue_id = s.queue_id AND again.seq = s.requeued_seq
        WHERE s.queue_id = m.queue_id AND s.seq = m.seq
          AND (s.requeued_seq < q.head_seq AND again.seq IS NULL) IS NOT TRUE)
    LIMIT v_limit + 1) AS found;
  IF cardinality(v_seqs) > v_limit THEN
    RETURN jsonb_build_object('verdict', 'too_many', 'limit', v_limit);
  END IF;
  IF cardinality(v_seqs) = 0 THEN
    RETURN jsonb_build_object('verdict', 'nothing_found', 'messages', 0);
  END IF;
  IF NOT p_dry_run THEN
    PERFORM append_copies(q, v_seqs, 'replay', p_args ->> 'endPoint');
  ELSE
    UPDATE integration_queue u SET tail_seq = u.tail_seq + cardinality(v_seqs) WHERE u.queue_id = q.queue_id;
  END IF;
  RETURN jsonb_build_object('verdict', 'changed') || jsonb_build_object('messages', cardinality(v_seqs), 'firstSeq', (q.tail_seq + 1)::text);
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_resume(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$

BEGIN

  IF q.paused_at IS NULL THEN RETURN jsonb_build_object('verdict', 'unchanged'); END IF;
  UPDATE integration_queue u SET paused_at = NULL,
    probing_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() END
  WHERE u.queue_id = q.queue_id;
  RETURN jsonb_build_object('verdict', 'changed');
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_set_recovery(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$

BEGIN

  IF (q.recovery_mode, q.backoff_min_ms, q.backoff_max_ms) IS NOT DISTINCT FROM
     (p_args ->> 'mode', (p_args ->> 'backoffMinMs')::integer, (p_args ->> 'backoffMaxMs')::integer)
     AND q.gave_up_at IS NULL THEN RETURN jsonb_build_object('verdict', 'unchanged'); END IF;
  IF q.status = 'BLOCKED' AND q.lease_until > clock_timestamp() THEN RETURN jsonb_build_object('verdict', 'in_flight'); END IF;
  UPDATE integration_queue u SET
    recovery_mode = p_args ->> 'mode', backoff_min_ms = (p_args ->> 'backoffMinMs')::integer,
    backoff_max_ms = (p_args ->> 'backoffMaxMs')::integer, gave_up_at = NULL, gave_up_reason = NULL,
    probing_since = CASE WHEN q.status = 'BLOCKED' THEN clock_timestamp() END,
    due_at = CASE WHEN q.status = 'BLOCKED' AND q.due_at > clock_timestamp() THEN clock_timestamp() ELSE q.due_at END
  WHERE u.queue_id = q.queue_id;
  RETURN jsonb_build_object('verdict', 'changed');
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_skip(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE v_message uuid := p_args ->> 'messageId';
BEGIN

  IF waiting_seq(q, v_message) IS DISTINCT FROM q.head_seq THEN
    IF EXISTS (SELECT FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.message_id = v_message
               AND s.verdict = 'PARKED') THEN RETURN jsonb_build_object('verdict', 'unchanged'); END IF;
    RETURN jsonb_build_object('verdict', 'not_head');
  END IF;
  IF q.lease_until > clock_timestamp() THEN RETURN jsonb_build_object('verdict', 'in_flight'); END IF;
  PERFORM set_head_aside(q, 'PARKED', p_actor, p_reason);
  RETURN jsonb_build_object('verdict', 'changed') || jsonb_build_object('seq', q.head_seq::text);
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_unblock(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$

BEGIN

  IF q.status <> 'BLOCKED' THEN RETURN jsonb_build_object('verdict', 'not_blocked'); END IF;
  IF q.lease_until > clock_timestamp() THEN RETURN jsonb_build_object('verdict', 'in_flight'); END IF;
  IF q.due_at = '-infinity' THEN RETURN jsonb_build_object('verdict', 'unchanged'); END IF;
  UPDATE integration_queue u SET due_at = '-infinity' WHERE u.queue_id = q.queue_id;
  RETURN jsonb_build_object('verdict', 'changed');
END $function$
;

CREATE OR REPLACE FUNCTION public.verb_unskip(q integration_queue, p_args json, p_actor text, p_reason text, p_dry_run boolean)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_message uuid := p_args ->> 'messageId';
  v_parked set_aside_message;
  v_aside bigint;
BEGIN

  SELECT * INTO v_parked FROM set_aside_message s
    WHERE s.queue_id = q.queue_id AND s.message_id = v_message AND s.verdict = 'PARKED' ORDER BY s.seq LIMIT 1;
  IF NOT FOUND THEN RETURN jsonb_build_object('verdict', 'not_parked'); END IF;
  IF EXISTS (SELECT FROM integration_webhook w WHERE w.id = v_parked.webhook_id AND w.removed_at IS NOT NULL) THEN
    RETURN jsonb_build_object('verdict', 'webhook_removed');
  END IF;
  IF v_parked.seq = q.head_seq AND q.lease_until > clock_timestamp() THEN
    RETURN jsonb_build_object('verdict', 'in_flight');
  END IF;
  IF v_parked.seq >= q.head_seq THEN
    DELETE FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = v_parked.seq;
    UPDATE integration_queue u SET lease_token = u.lease_token + (v_parked.seq = q.head_seq)::integer
      WHERE u.queue_id = q.queue_id;
    RETURN jsonb_build_object('verdict', 'changed') || jsonb_build_object('place', 'in_order', 'seq', v_parked.seq::text);
  END IF;
  SELECT count(*) INTO v_aside FROM set_aside_message s
    WHERE s.queue_id = q.queue_id AND s.seq > v_parked.seq AND s.seq < q.head_seq;
  IF v_aside = q.head_seq - v_parked.seq - 1 THEN
    IF q.lease_until > clock_timestamp() THEN RETURN jsonb_build_object('verdict', 'in_flight'); END IF;
    DELETE FROM set_aside_message s WHERE s.queue_id = q.queue_id AND s.seq = v_parked.seq;
    UPDATE integration_queue u SET head_seq = v_parked.seq, attempts = v_parked.attempts, due_at = '-infinity',
      last_error = NULL, last_error_code = NULL, lease_token = q.lease_token + 1 WHERE u.queue_id = q.queue_id;
    RETURN jsonb_build_object('verdict', 'changed') || jsonb_build_object('place', 'head', 'seq', v_parked.seq::text);
  END IF;
  PERFORM append_copies(q, ARRAY[v_parked.seq], 'requeue', NULL);
  UPDATE set_aside_message s SET verdict = 'REQUEUED', requeued_seq = q.tail_seq + 1, actor = p_actor,
    reason = p_reason, decided_at = clock_timestamp() WHERE s.queue_id = q.queue_id AND s.seq = v_parked.seq;
  RETURN jsonb_build_object('verdict', 'changed') || jsonb_build_object('place', 'back', 'seq', (q.tail_seq + 1)::text);
END $function$
;

CREATE OR REPLACE FUNCTION public.webhooks_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO organization_subscriptions (organization_id)
  SELECT DISTINCT organization_id FROM changed ORDER BY organization_id
  ON CONFLICT (organization_id) DO UPDATE SET version = gen_random_uuid();
  RETURN NULL;
END $function$
;

CREATE OR REPLACE FUNCTION public.withdraw_oauth_client(p_app uuid, p_organization text)
 RETURNS uuid
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_client uuid;
BEGIN
  PERFORM 1 FROM oauth_client c WHERE c.app_id = p_app AND c.organization_id = p_organization
    FOR NO KEY UPDATE;
  UPDATE oauth_client c SET withdrawn_at = clock_timestamp()
  WHERE c.app_id = p_app AND c.organization_id = p_organization AND c.withdrawn_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM gb_integration i
                    WHERE i.app_id = p_app AND i.organization_id = p_organization AND i.status = 'ACTIVE')
    AND NOT EXISTS (SELECT 1 FROM application_organization o
                    WHERE o.app_id = p_app AND o.organization_id = p_organization)
  RETURNING c.id INTO v_client;
  RETURN v_client;
END $function$
;

CREATE TRIGGER integration_webhook_created AFTER INSERT ON public.integration_webhook REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION webhooks_changed();
CREATE TRIGGER integration_webhook_deleted AFTER DELETE ON public.integration_webhook REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION webhooks_changed();
CREATE TRIGGER integration_webhook_updated AFTER UPDATE ON public.integration_webhook REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION webhooks_changed();

CREATE VIEW integration_queue_message_state AS
 SELECT m.queue_id AS integration_id,
    m.seq,
    m.message_id,
    m.webhook_id,
    m.type,
    m.enqueued_at,
    m.origin,
    m.end_point,
        CASE
            WHEN (aside.verdict IS NOT NULL) THEN aside.verdict
            WHEN ((discarded.attempt IS NOT NULL) OR ((m.seq >= q.head_seq) AND (w.removed_at IS NOT NULL))) THEN 'DISCARDED'::text
            WHEN (m.seq < q.head_seq) THEN 'DELIVERED'::text
            ELSE 'QUEUED'::text
        END AS status,
    COALESCE(tried.attempt,
        CASE
            WHEN (m.seq = q.head_seq) THEN q.attempts
            ELSE NULL::integer
        END, 0) AS attempts,
    COALESCE(tried.started_at,
        CASE
            WHEN ((m.seq = q.head_seq) AND (q.attempts > 0)) THEN q.last_tried_at
            ELSE NULL::timestamp with time zone
        END) AS last_tried_at,
    COALESCE(tried.error,
        CASE
            WHEN (m.seq = q.head_seq) THEN q.last_error
            ELSE NULL::text
        END) AS last_error_message,
    COALESCE(tried.code,
        CASE
            WHEN (m.seq = q.head_seq) THEN q.last_error_code
            ELSE NULL::text
        END) AS last_error_code
   FROM (((((integration_queue_message m
     JOIN integration_queue q ON ((q.queue_id = m.queue_id)))
     JOIN integration_webhook w ON ((w.id = m.webhook_id)))
     LEFT JOIN set_aside_message aside ON (((aside.queue_id = m.queue_id) AND (aside.seq = m.seq))))
     LEFT JOIN LATERAL ( SELECT a.attempt,
            a.started_at,
            a.error,
            a.code
           FROM delivery_attempt a
          WHERE ((a.webhook_id = m.webhook_id) AND (a.seq = m.seq) AND (a.outcome <> 'discarded'::text))
          ORDER BY a.attempt DESC, a.started_at DESC
         LIMIT 1) tried ON (true))
     LEFT JOIN LATERAL ( SELECT a.attempt
           FROM delivery_attempt a
          WHERE ((a.webhook_id = m.webhook_id) AND (a.seq = m.seq) AND (a.outcome = 'discarded'::text))
         LIMIT 1) discarded ON (true));

COMMENT ON TABLE api_rate_limit IS 'Requests of running windows, shared by the replicas of the API';
COMMENT ON COLUMN application.client_secret IS 'AES-256-GCM ciphertext, see SecretCipher';
COMMENT ON COLUMN application.former_client_secret IS 'While client_secret takes over: signs until former_valid_until, and both are accepted';
COMMENT ON TABLE application_organization IS 'Where a PRIVATE application may act as an OAuth client without being installed';
COMMENT ON COLUMN application_signing_key.private_key IS 'Ed25519, PKCS #8, encrypted, see SecretCipher';
COMMENT ON COLUMN client_certificate.integration_id IS 'Of gb_integration or oauth_client';
COMMENT ON COLUMN client_certificate.private_key IS 'PEM, encrypted, see SecretCipher';
COMMENT ON TABLE delivery_attempt IS 'Append-only: one row an attempt, written with its outcome';
COMMENT ON TABLE endpoint_proof IS 'Endpoints that echoed a challenge, where DELIVERY_CHALLENGE asks for it (ADR 41)';
COMMENT ON COLUMN gb_integration.token_hash IS 'SHA-256 of the integration token; the token itself is shown once and never stored';
COMMENT ON COLUMN ingest_dead_letter.record_timestamp IS 'Milliseconds since the epoch as Kafka gave them: any 64-bit integer, so no timestamptz';
COMMENT ON COLUMN ingest_dead_letter.headers IS 'Array of {"name", "value"}, values in Base64, in the order of the record';
COMMENT ON COLUMN ingest_dead_letter.redriven_at IS 'When it became messages after all';
COMMENT ON COLUMN integration_queue.lane IS 'Always 0 today, where queue_id = integration_id';
COMMENT ON COLUMN integration_queue.head_seq IS 'Next message to deliver; the queue is empty when head_seq > tail_seq';
COMMENT ON COLUMN integration_queue.tail_seq IS 'Last number assigned, under this row''s lock: assignment order is commit order';
COMMENT ON COLUMN integration_queue.lease_token IS 'Fencing token: one more at every claim; an outcome counts only with the current one';
COMMENT ON COLUMN integration_queue.due_at IS 'Not before this; -infinity on a BLOCKED queue means that it was asked to be tried now';
COMMENT ON COLUMN integration_queue.integration_type IS 'Whose queue it is: that of a gb_integration or of an oauth_client';
COMMENT ON COLUMN integration_queue.suspended_at IS 'Its application is suspended: messages are accepted, none is sent';
COMMENT ON COLUMN integration_queue.paused_at IS 'An operator paused it: messages are accepted, none is sent';
COMMENT ON COLUMN integration_queue.recovery_mode IS 'NULL: as configured (RECOVERY_MODE); so are the bounds of the backoff';
COMMENT ON COLUMN integration_queue.probing_since IS 'When an operator set it to be probed: days without success count from here';
COMMENT ON COLUMN integration_queue.gave_up_at IS 'Not probed any more in this episode: after 410, or days without success';
COMMENT ON COLUMN integration_queue.pace IS 'Messages a second while a backlog drains after an episode; NULL: as fast as can be';
COMMENT ON COLUMN integration_queue.set_aside_seq IS 'No message behind it was set aside, so none has to be looked up';
COMMENT ON COLUMN integration_queue.leased_seq IS 'Up to here messages were handed out to the holder of the lease; it may be sending any of them';
COMMENT ON TABLE integration_queue_message IS 'Append-only: delivered means seq < integration_queue.head_seq';
COMMENT ON COLUMN integration_queue_message.enqueued_at IS 'The date of the envelope: the same for every copy of a message';
COMMENT ON COLUMN integration_queue_message.stored_at IS 'Chooses the partition; -infinity: kept beyond the retention because it was not delivered';
COMMENT ON COLUMN integration_queue_message.end_point IS 'Where a replay goes to, when not to the endpoint of its webhook';
COMMENT ON TABLE integration_queue_message_remainder IS 'What was not delivered when the partition of its day was dropped';
COMMENT ON COLUMN integration_webhook.type IS 'NULL receives every type';
COMMENT ON COLUMN integration_webhook.removed_at IS 'A removed subscription stays as a tombstone: its queued messages are discarded by it';
COMMENT ON TABLE message_identity IS 'Which messages were stored: redelivery and replay of records create nothing twice';
COMMENT ON TABLE message_identity_default IS 'Of records whose timestamps are outside of all partitions';
COMMENT ON TABLE notice_channel IS 'Ways by which notices leave: one replica at a time by each';
COMMENT ON COLUMN notice_channel.lease_until IS 'Nobody else sends before: somebody does, or the last try failed';
COMMENT ON COLUMN notice_channel.failures IS 'Tries that failed since the last success: the pause grows with them';
COMMENT ON TABLE oauth_client IS 'An application that acts by access token in an organization; id is its integration id and that of its queue';
COMMENT ON COLUMN oauth_client.withdrawn_at IS 'Since when the application is neither installed nor allowed there any more';
COMMENT ON COLUMN oauth_token.id IS 'The claim iss of the access token';
COMMENT ON COLUMN oauth_token.scopes IS 'Of the access token; granted_scopes are what a refresh may ask for';
COMMENT ON COLUMN oauth_token.refresh_token_hash IS 'SHA-256 of the refresh token, which is shown once and never stored';
COMMENT ON TABLE operator_action IS 'Append-only: who did what to what, when, why';
COMMENT ON COLUMN operator_action.target IS 'What it was done to, where that is not a queue alone';
COMMENT ON TABLE operator_token IS 'Who may call the operator API; a row stays when its token is revoked';
COMMENT ON COLUMN operator_token.token_hash IS 'SHA-256 of the token; the token itself is shown once and never stored';
COMMENT ON COLUMN operator_token.expires_at IS 'NULL: until it is revoked';
COMMENT ON TABLE organization_subscriptions IS 'Changes with every change of a webhook of the organization, in the same transaction';
COMMENT ON TABLE queue_notice IS 'Outbox: one row a kind and episode, written with what it tells of';
COMMENT ON COLUMN queue_notice.episode IS 'When the queue was blocked';
COMMENT ON COLUMN queue_notice.emitted_at IS 'When it was on applications.queue.status';
COMMENT ON COLUMN queue_notice.posted_at IS 'When the operator''s webhook took it; -infinity: it was too old to be posted';
COMMENT ON TABLE set_aside_message IS 'Messages that an operator took out of the order of their queue';
COMMENT ON COLUMN set_aside_message.attempts IS 'Failed attempts when it was taken out: it goes on counting from here when it is put back';
COMMENT ON COLUMN webhook_position.delivered_seq IS 'Position of the message that was delivered last to the endpoint of the webhook; NULL: not known';
