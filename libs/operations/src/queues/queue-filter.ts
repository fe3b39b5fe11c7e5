/** Which queues; what is left out does not matter. */
export interface QueueFilter {
  readonly status?: 'HEALTHY' | 'BLOCKED' | null;
  readonly organizationId?: string | null;
  readonly applicationId?: string | null;
  readonly integrationType?: 'INTEGRATION' | 'OAUTH_CLIENT' | null;
  readonly paused?: boolean | null;
  readonly suspended?: boolean | null;
  readonly gaveUp?: boolean | null;
  readonly minDepth?: number | null;
  readonly headOlderThanSeconds?: number | null;
  readonly blockedForSeconds?: number | null;
}
