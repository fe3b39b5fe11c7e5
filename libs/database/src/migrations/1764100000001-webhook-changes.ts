import type { MigrationInterface, QueryRunner } from 'typeorm';
import { KEYED_PLANS } from './1763700000001-queue-order.js';
import { ForwardOnlyMigrationError } from '../database.errors.js';

/**
 * What changes webhooks and stops owners. Like the functions that keep order, each is one autocommitted
 * statement for its caller and keeps their rules: an API or a command that is paused or killed in the
 * middle leaves no queue locked, neither its own nor those that share a batch of events with it.
 *
 * Locks are taken in this order, by creations as well, so nobody waits in a circle:
 *
 *   application → installation or list row → oauth_client → queues by id → webhooks → version
 *
 * Whoever waits for an earlier one holds none of the later. Only the version of an organization's
 * subscriptions, which a trigger writes, is shared between owners; it is held for the end of a statement.
 *
 * New functions alone: replicas of the version before do not know them, and go on working.
 */
export class WebhookChanges1764100000001 implements MigrationInterface {
  readonly name = 'WebhookChanges1764100000001';

  async up(runner: QueryRunner): Promise<void> {
    const owners = [setApplicationStatus(), WITHDRAW_CLIENT, REMOVE_WEBHOOKS, UNINSTALL, DISALLOW];
    for (const statement of [CHANGE_WEBHOOK, ...owners, UNBLOCK]) await runner.query(statement);
  }

  down(): Promise<void> {
    throw new ForwardOnlyMigrationError(this.name);
  }
}

/**
 * Changes or removes the webhook of an owner (p_integration NULL: whoever's it is); what is NULL of
 * endpoint and headers stays. A blocked queue with one of its messages at the head is asked to go on.
 *
 * The queue is locked before anything is read: a failure that is recorded at the same time either is
 * seen as BLOCKED here, or sees the change. Otherwise a queue could stay blocked by what nobody wants.
 */
const CHANGE_WEBHOOK = `
CREATE FUNCTION change_webhook(
  p_id uuid, p_integration uuid, p_integration_type text, p_end_point text, p_headers json, p_remove boolean)
RETURNS TABLE (verdict text, id uuid, integration_id uuid, type text, end_point text, headers json,
               created_at timestamptz, queue_status text)
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
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
END $$`;

/**
 * Suspends or resumes an application with all its queues. No row: there is no such application. Where
 * it has the status already nothing is done, and the queues are named all the same. Whoever installs it
 * or makes a client of it shares the lock of its row, so no queue is missed.
 */
export const setApplicationStatus = (more = ''): string => `
CREATE OR REPLACE FUNCTION set_application_status(p_client_id text, p_status text)
RETURNS TABLE (changed boolean, queue_ids uuid[])
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
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
    SET suspended_at = CASE WHEN p_status = 'SUSPENDED' THEN clock_timestamp() END${more}
    WHERE q.queue_id = ANY (queue_ids);
  END IF;
  RETURN NEXT;
END $$`;

/**
 * Takes from an application the right to act as an OAuth client where it is neither installed nor
 * allowed any more. Returns the id of the client that lost it, or NULL.
 *
 * The client is locked before it is judged: of two rights that end at the same time each would still
 * see the other one.
 */
const WITHDRAW_CLIENT = `
CREATE FUNCTION withdraw_oauth_client(p_app uuid, p_organization text) RETURNS uuid
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
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
END $$`;

/** Removes every webhook of these integrations; a blocked queue with a message of one at its head goes on. */
const REMOVE_WEBHOOKS = `
CREATE FUNCTION remove_webhooks(p_integrations uuid[]) RETURNS void
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
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
END $$`;

/**
 * Ends an installation, and the OAuth client that acted by it alone. Returns the queues whose webhooks
 * are gone, the installation's first; NULL where it is not installed.
 */
const UNINSTALL = `
CREATE FUNCTION uninstall_integration(p_integration uuid) RETURNS uuid[]
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
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
END $$`;

/** Takes an organization from an application's list, and its OAuth client where nothing else entitles it. */
const DISALLOW = `
CREATE FUNCTION disallow_organization(p_client_id text, p_organization text)
RETURNS TABLE (verdict text, queue_ids uuid[])
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
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
END $$`;

/**
 * Asks for the head of a blocked queue to be tried now, and writes down who did. Returns false where
 * it was not blocked, NULL where there is no such queue.
 */
const UNBLOCK = `
CREATE FUNCTION unblock_queue(p_queue uuid, p_actor text, p_reason text) RETURNS boolean
LANGUAGE plpgsql ${KEYED_PLANS} AS $$
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
END $$`;
