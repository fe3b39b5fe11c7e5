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

CREATE TABLE delivery_attempt (
  queue_id uuid NOT NULL,
  seq bigint NOT NULL,
  attempt integer NOT NULL,
  message_id uuid NOT NULL,
  started_at timestamp with time zone NOT NULL,
  duration_ms integer NOT NULL,
  outcome text NOT NULL,
  status_code integer,
  code text,
  error text,
  excerpt bytea,
  CONSTRAINT delivery_attempt_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'rejected'::text, 'timed_out'::text, 'unreachable'::text, 'refused_address'::text, 'invalid_configuration'::text, 'discarded'::text]))),
  CONSTRAINT delivery_attempt_pkey PRIMARY KEY (queue_id, seq, attempt)
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
  CONSTRAINT integration_queue_check CHECK (((head_seq >= 1) AND (head_seq <= (tail_seq + 1)))),
  CONSTRAINT integration_queue_check1 CHECK (((status = 'BLOCKED'::text) = (blocked_at IS NOT NULL))),
  CONSTRAINT integration_queue_integration_id_lane_key UNIQUE (integration_id, lane),
  CONSTRAINT integration_queue_integration_type_check CHECK ((integration_type = ANY (ARRAY['INTEGRATION'::text, 'OAUTH_CLIENT'::text]))),
  CONSTRAINT integration_queue_pkey PRIMARY KEY (queue_id),
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
  CONSTRAINT integration_queue_message_pkey PRIMARY KEY (queue_id, seq)
) WITH (autovacuum_vacuum_insert_scale_factor=0.05);

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
  queue_id uuid NOT NULL,
  reason text,
  before json NOT NULL,
  after json NOT NULL,
  CONSTRAINT operator_action_pkey PRIMARY KEY (id)
);

CREATE TABLE organization_subscriptions (
  organization_id text NOT NULL,
  version uuid NOT NULL DEFAULT gen_random_uuid(),
  CONSTRAINT organization_subscriptions_pkey PRIMARY KEY (organization_id)
) WITH (fillfactor=70);

ALTER TABLE application_organization ADD CONSTRAINT application_organization_app_id_fkey FOREIGN KEY (app_id) REFERENCES application(id);
ALTER TABLE gb_integration ADD CONSTRAINT gb_integration_app_id_fkey FOREIGN KEY (app_id) REFERENCES application(id);
ALTER TABLE integration_queue ADD CONSTRAINT integration_queue_application_id_fkey FOREIGN KEY (application_id) REFERENCES application(id);
ALTER TABLE integration_webhook ADD CONSTRAINT integration_webhook_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integration_queue(queue_id);
ALTER TABLE oauth_client ADD CONSTRAINT oauth_client_app_id_fkey FOREIGN KEY (app_id) REFERENCES application(id);
ALTER TABLE oauth_token ADD CONSTRAINT oauth_token_oauth_client_id_fkey FOREIGN KEY (oauth_client_id) REFERENCES oauth_client(id);

CREATE INDEX gb_integration_app ON public.gb_integration USING btree (app_id);
CREATE INDEX gb_integration_organization ON public.gb_integration USING btree (organization_id);
CREATE INDEX integration_queue_application ON public.integration_queue USING btree (application_id);
CREATE UNIQUE INDEX integration_queue_message_id ON public.integration_queue_message USING btree (message_id);
CREATE UNIQUE INDEX integration_webhook_active ON public.integration_webhook USING btree (integration_id, type) NULLS NOT DISTINCT WHERE (removed_at IS NULL);
CREATE INDEX integration_webhook_match ON public.integration_webhook USING btree (organization_id) WHERE (removed_at IS NULL);
CREATE INDEX oauth_token_client ON public.oauth_token USING btree (oauth_client_id);
CREATE INDEX oauth_token_expiry ON public.oauth_token USING btree (refresh_expires_at);
CREATE INDEX oauth_token_family ON public.oauth_token USING btree (family_id);
CREATE INDEX operator_action_queue ON public.operator_action USING btree (queue_id, id);

CREATE OR REPLACE FUNCTION public.queue_claimable(q integration_queue, p_probe boolean)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  SELECT q.head_seq <= q.tail_seq
     AND q.suspended_at IS NULL
     AND q.lease_until < clock_timestamp()
     AND CASE WHEN p_probe OR q.status = 'HEALTHY' THEN q.due_at <= clock_timestamp()
              ELSE q.due_at = '-infinity' END
$function$
;

CREATE OR REPLACE FUNCTION public.queue_heads(p_queue uuid[])
 RETURNS TABLE(queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer, status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean)
 LANGUAGE sql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
  SELECT q.queue_id, q.application_id, q.organization_id, q.lease_token, q.attempts,
         q.status, m.seq, m.message_id, m.webhook_id, m.type, m.enqueued_at,
         m.body, w.end_point, w.headers, w.removed_at IS NOT NULL
  FROM integration_queue q
  CROSS JOIN LATERAL (SELECT * FROM integration_queue_message m
                      WHERE m.queue_id = q.queue_id AND m.seq = q.head_seq OFFSET 0) m
  CROSS JOIN LATERAL (SELECT * FROM integration_webhook w WHERE w.id = m.webhook_id OFFSET 0) w
  WHERE q.queue_id = ANY (p_queue)
$function$
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

CREATE OR REPLACE FUNCTION public.claim_queues(p_queue uuid[], p_owner text, p_lease interval, p_probe boolean)
 RETURNS TABLE(queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer, status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
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
    SET lease_token = q.lease_token + 1, lease_owner = p_owner, lease_until = clock_timestamp() + p_lease
    FROM candidate c WHERE q.queue_id = c.queue_id
    RETURNING q.queue_id
  )
  SELECT array_agg(c.queue_id) INTO v_claimed FROM claimed c;
  RETURN QUERY SELECT * FROM queue_heads(v_claimed);
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

CREATE OR REPLACE FUNCTION public.enqueue_messages(p_queue uuid[], p_message uuid[], p_webhook uuid[], p_type text[], p_partition integer[], p_offset bigint[], p_body bytea[])
 RETURNS TABLE(queue_id uuid, inserted integer, first_message uuid, wake boolean, enqueued_at timestamp with time zone)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  v_enqueued_at timestamptz;
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  v_enqueued_at := date_trunc('milliseconds', clock_timestamp());
  RETURN QUERY
  WITH incoming AS (
    SELECT *, row_number() OVER (PARTITION BY i.message_id ORDER BY i.ord) AS occurrence
    FROM unnest(p_queue, p_message, p_webhook, p_type, p_partition, p_offset, p_body)
         WITH ORDINALITY AS i (queue_id, message_id, webhook_id, type, partition, "offset", body, ord)
  ), fresh AS MATERIALIZED (
    SELECT i.*, row_number() OVER (PARTITION BY i.queue_id ORDER BY i.ord) AS n
    FROM incoming i
    WHERE i.occurrence = 1
      AND (SELECT m.seq FROM integration_queue_message m WHERE m.message_id = i.message_id) IS NULL
  ), added AS (
    INSERT INTO integration_queue_message
      (queue_id, seq, message_id, webhook_id, type, enqueued_at, source_partition, source_offset, body)
    SELECT f.queue_id, q.tail_seq + f.n, f.message_id, f.webhook_id, f.type, v_enqueued_at,
           f.partition, f."offset", f.body
    FROM fresh f JOIN integration_queue q ON q.queue_id = f.queue_id
  ), counted AS (
    SELECT f.queue_id, count(*)::integer AS n, (array_agg(f.message_id ORDER BY f.n))[1] AS first
    FROM fresh f GROUP BY f.queue_id
  )
  UPDATE integration_queue q SET tail_seq = q.tail_seq + c.n
  FROM counted c WHERE q.queue_id = c.queue_id
  RETURNING q.queue_id, c.n, c.first,
            q.status = 'HEALTHY' AND queue_claimable(q, true), v_enqueued_at;
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
    SET suspended_at = CASE WHEN p_status = 'SUSPENDED' THEN clock_timestamp() END
    WHERE q.queue_id = ANY (queue_ids);
  END IF;
  RETURN NEXT;
END $function$
;

CREATE OR REPLACE FUNCTION public.settle_attempts(p_queue uuid[], p_token bigint[], p_seq bigint[], p_attempt integer[], p_message uuid[], p_ago integer[], p_duration integer[], p_outcome text[], p_status_code integer[], p_code text[], p_error text[], p_excerpt bytea[], p_retry_in interval[], p_keep boolean[], p_lease interval)
 RETURNS TABLE(settled_queue uuid, more boolean, due_at timestamp with time zone, last_tried_at timestamp with time zone, queue_id uuid, application_id uuid, organization_id text, lease_token bigint, attempts integer, status text, seq bigint, message_id uuid, webhook_id uuid, type text, enqueued_at timestamp with time zone, body bytea, end_point text, headers json, removed boolean)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  v_settled uuid[];
  v_kept uuid[];
BEGIN
  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  WITH outcome AS (
    SELECT o.*, o.outcome IN ('delivered', 'discarded') AS advances,
           clock_timestamp() - o.ago * interval '1 millisecond' AS started_at
    FROM unnest(p_queue, p_token, p_seq, p_attempt, p_message, p_ago, p_duration, p_outcome,
                p_status_code, p_code, p_error, p_excerpt, p_retry_in, p_keep)
      AS o (queue_id, token, seq, attempt, message_id, ago, duration_ms, outcome,
            status_code, code, error, excerpt, retry_in, keep)
  ), settled AS (
    UPDATE integration_queue q SET
      head_seq      = CASE WHEN o.advances THEN o.seq + 1 ELSE q.head_seq END,
      status        = CASE WHEN o.advances THEN 'HEALTHY' ELSE 'BLOCKED' END,
      attempts      = CASE WHEN o.advances THEN 0 ELSE o.attempt END,
      blocked_at    = CASE WHEN o.advances THEN NULL ELSE coalesce(q.blocked_at, clock_timestamp()) END,
      last_tried_at = CASE WHEN o.outcome = 'discarded' THEN q.last_tried_at ELSE o.started_at END,
      last_error    = CASE WHEN o.advances THEN NULL ELSE o.error END,
      due_at        = CASE WHEN o.advances THEN '-infinity'
                           WHEN (SELECT w.removed_at IS NOT NULL FROM integration_queue_message m
                                 JOIN integration_webhook w ON w.id = m.webhook_id
                                 WHERE m.queue_id = q.queue_id AND m.seq = o.seq) THEN '-infinity'
                           ELSE clock_timestamp() + o.retry_in END,
      lease_until   = CASE WHEN o.advances AND o.keep AND q.tail_seq > o.seq
     AND q.suspended_at IS NULL
                           THEN clock_timestamp() + p_lease ELSE '-infinity' END
    FROM outcome o
    WHERE q.queue_id = o.queue_id AND q.lease_token = o.token AND q.head_seq = o.seq
    RETURNING q.queue_id, q.lease_until > '-infinity' AS kept, o.seq, o.attempt, o.message_id, o.started_at,
              o.duration_ms, o.outcome, o.status_code, o.code, o.error, o.excerpt
  ), recorded AS (
    INSERT INTO delivery_attempt (queue_id, seq, attempt, message_id, started_at, duration_ms, outcome,
                                  status_code, code, error, excerpt)
    SELECT s.queue_id, s.seq, s.attempt, s.message_id, s.started_at, s.duration_ms, s.outcome,
           s.status_code, s.code, s.error, s.excerpt
    FROM settled s
    ON CONFLICT (queue_id, seq, attempt) DO NOTHING
  )
  SELECT array_agg(s.queue_id), array_agg(s.queue_id) FILTER (WHERE s.kept)
    INTO v_settled, v_kept FROM settled s;
  RETURN QUERY SELECT q.queue_id, q.head_seq <= q.tail_seq, q.due_at, q.last_tried_at, NULL::uuid, NULL::uuid, NULL::text, NULL::bigint, NULL::integer, NULL::text, NULL::bigint,
    NULL::uuid, NULL::uuid, NULL::text, NULL::timestamptz, NULL::bytea, NULL::text, NULL::json, NULL::boolean
    FROM integration_queue q WHERE q.queue_id = ANY (v_settled) AND (q.queue_id = ANY (v_kept)) IS NOT TRUE;
  RETURN QUERY SELECT h.queue_id, true, '-infinity'::timestamptz, NULL::timestamptz, h.* FROM queue_heads(v_kept) h;
END $function$
;

CREATE OR REPLACE FUNCTION public.unblock_queue(p_queue uuid, p_actor text, p_reason text)
 RETURNS boolean
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  v_before json;
  v_status text;
BEGIN
  SELECT q.status, json_build_object('status', q.status, 'head_seq', q.head_seq::text, 'due_at', q.due_at::text)
    INTO v_status, v_before FROM integration_queue q WHERE q.queue_id = p_queue FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF v_status <> 'BLOCKED' THEN
    RETURN false;
  END IF;
  UPDATE integration_queue q SET due_at = '-infinity' WHERE q.queue_id = p_queue;
  INSERT INTO operator_action (actor, action, queue_id, reason, before, after)
  SELECT p_actor, 'unblock', p_queue, p_reason, v_before,
         json_build_object('status', q.status, 'head_seq', q.head_seq::text, 'due_at', q.due_at::text)
  FROM integration_queue q WHERE q.queue_id = p_queue;
  RETURN true;
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
        CASE
            WHEN ((discarded.attempt IS NOT NULL) OR ((m.seq >= q.head_seq) AND (w.removed_at IS NOT NULL))) THEN 'DISCARDED'::text
            WHEN (m.seq < q.head_seq) THEN 'DELIVERED'::text
            ELSE 'QUEUED'::text
        END AS status,
    COALESCE(tried.attempt, 0) AS attempts,
    tried.started_at AS last_tried_at,
    tried.error AS last_error_message
   FROM ((((integration_queue_message m
     JOIN integration_queue q ON ((q.queue_id = m.queue_id)))
     JOIN integration_webhook w ON ((w.id = m.webhook_id)))
     LEFT JOIN LATERAL ( SELECT a.attempt,
            a.started_at,
            a.error
           FROM delivery_attempt a
          WHERE ((a.queue_id = m.queue_id) AND (a.seq = m.seq) AND (a.outcome <> 'discarded'::text))
          ORDER BY a.attempt DESC
         LIMIT 1) tried ON (true))
     LEFT JOIN LATERAL ( SELECT a.attempt
           FROM delivery_attempt a
          WHERE ((a.queue_id = m.queue_id) AND (a.seq = m.seq) AND (a.outcome = 'discarded'::text))
         LIMIT 1) discarded ON (true));

COMMENT ON TABLE api_rate_limit IS 'Requests of running windows, shared by the replicas of the API';
COMMENT ON COLUMN application.client_secret IS 'AES-256-GCM ciphertext, see SecretCipher';
COMMENT ON COLUMN application.former_client_secret IS 'While client_secret takes over: signs until former_valid_until, and both are accepted';
COMMENT ON TABLE application_organization IS 'Where a PRIVATE application may act as an OAuth client without being installed';
COMMENT ON TABLE delivery_attempt IS 'Append-only: one row an attempt, written with its outcome';
COMMENT ON COLUMN gb_integration.token_hash IS 'SHA-256 of the integration token; the token itself is shown once and never stored';
COMMENT ON COLUMN ingest_dead_letter.record_timestamp IS 'Milliseconds since the epoch as Kafka gave them: any 64-bit integer, so no timestamptz';
COMMENT ON COLUMN ingest_dead_letter.headers IS 'Array of {"name", "value"}, values in Base64, in the order of the record';
COMMENT ON COLUMN integration_queue.lane IS 'Always 0 today, where queue_id = integration_id';
COMMENT ON COLUMN integration_queue.head_seq IS 'Next message to deliver; the queue is empty when head_seq > tail_seq';
COMMENT ON COLUMN integration_queue.tail_seq IS 'Last number assigned, under this row''s lock: assignment order is commit order';
COMMENT ON COLUMN integration_queue.lease_token IS 'Fencing token: one more at every claim; an outcome counts only with the current one';
COMMENT ON COLUMN integration_queue.due_at IS 'Not before this; -infinity on a BLOCKED queue means that it was asked to be tried now';
COMMENT ON COLUMN integration_queue.integration_type IS 'Whose queue it is: that of a gb_integration or of an oauth_client';
COMMENT ON COLUMN integration_queue.suspended_at IS 'Its application is suspended: messages are accepted, none is sent';
COMMENT ON TABLE integration_queue_message IS 'Append-only: delivered means seq < integration_queue.head_seq';
COMMENT ON COLUMN integration_webhook.type IS 'NULL receives every type';
COMMENT ON COLUMN integration_webhook.removed_at IS 'A removed subscription stays as a tombstone: its queued messages are discarded by it';
COMMENT ON TABLE oauth_client IS 'An application that acts by access token in an organization; id is its integration id and that of its queue';
COMMENT ON COLUMN oauth_client.withdrawn_at IS 'Since when the application is neither installed nor allowed there any more';
COMMENT ON COLUMN oauth_token.id IS 'The claim iss of the access token';
COMMENT ON COLUMN oauth_token.scopes IS 'Of the access token; granted_scopes are what a refresh may ask for';
COMMENT ON COLUMN oauth_token.refresh_token_hash IS 'SHA-256 of the refresh token, which is shown once and never stored';
COMMENT ON TABLE operator_action IS 'Append-only: who did what to which queue, when, why';
COMMENT ON TABLE organization_subscriptions IS 'Changes with every change of a webhook of the organization, in the same transaction';
