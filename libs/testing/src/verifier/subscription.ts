/** A webhook that was there before the first record and stayed to the end. */
export interface Subscription {
  /** Also the id of its queue. */
  readonly integrationId: string;
  readonly webhookId: string;
  readonly organizationId: string;
  /** Null receives every type. */
  readonly type: string | null;
  readonly endPoint: string;
}
