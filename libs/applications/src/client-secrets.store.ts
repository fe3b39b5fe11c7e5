import type { DataSource, EntityManager } from 'typeorm';
import { ApplicationNotFoundError, RotationUnderWayError } from './applications.errors.js';
import { reencryptKeys } from './private-keys.store.js';
import type { SecretCipher } from './secret.cipher.js';
import { newToken } from './tokens/token-secret.js';

/** A client secret as operators see it: when it counts, and never the secret itself. */
export interface SecretValidity {
  readonly secret: 'current' | 'former';
  /** Both are accepted at the token endpoint; one of them signs deliveries. */
  readonly signs: boolean;
  /** Null: until it is replaced. */
  readonly validUntil: Date | null;
  /** Id of the master key that it is encrypted with. */
  readonly keyId: string;
}

export interface Rotation {
  readonly clientId: string;
  readonly clientSecret: string;
  /** From when on the new secret signs: the end of the former one. */
  readonly signsFrom: Date;
}

export interface Reencryption {
  /** Applications, signing keys and client certificates. */
  readonly reencrypted: number;
  /** Those that were encrypted with the current key already. */
  readonly untouched: number;
}

interface ApplicationRow {
  readonly id: string;
  readonly client_secret: string;
  readonly former_client_secret: string | null;
  readonly former_valid_until: Date | null;
  readonly overlaps: boolean;
}

const COLUMNS = `id, client_secret, former_client_secret, former_valid_until,
  coalesce(former_valid_until > clock_timestamp(), false) AS overlaps`;

/** How many applications one transaction of a re-encryption holds. */
const BATCH = 100;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Replaces client secrets, and the master key that they are encrypted with. */
export class ClientSecretsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: SecretCipher,
  ) {}

  /**
   * Makes a new client secret, returned once. For `overlapMs` the former one goes on signing and both
   * are accepted; with 0 the former one ends now.
   *
   * Throws {@link ApplicationNotFoundError}, {@link RotationUnderWayError}.
   */
  rotate(clientId: string, overlapMs: number): Promise<Rotation> {
    const clientSecret = newToken();
    return this.dataSource.transaction(async (transaction) => {
      const application = await lockApplication(transaction, clientId);
      const { former_valid_until: until, overlaps } = application;
      if (overlaps && until) throw new RotationUnderWayError(clientId, until);
      const [[rotated]] = await transaction.query<[{ signs_from: Date }[]]>(
        `UPDATE application SET client_secret = $2,
           former_client_secret = CASE WHEN $3::float8 > 0 THEN client_secret END,
           former_valid_until = CASE WHEN $3::float8 > 0
                                     THEN clock_timestamp() + $3::float8 * interval '1 millisecond' END
         WHERE id = $1 RETURNING coalesce(former_valid_until, clock_timestamp()) AS signs_from`,
        [application.id, this.cipher.encrypt(application.id, clientSecret), overlapMs],
      );
      if (!rotated) throw new ApplicationNotFoundError(clientId);
      return { clientId, clientSecret, signsFrom: rotated.signs_from };
    });
  }

  /**
   * Ends the former secret now: the current one signs everywhere within half a minute. Returns false
   * where there is none any more. Throws {@link ApplicationNotFoundError}.
   */
  endFormer(clientId: string): Promise<boolean> {
    return this.dataSource.transaction(async (transaction) => {
      const { id, overlaps } = await lockApplication(transaction, clientId);
      await transaction.query(
        'UPDATE application SET former_client_secret = NULL, former_valid_until = NULL WHERE id = $1',
        [id],
      );
      return overlaps;
    });
  }

  /** Throws {@link ApplicationNotFoundError}. */
  async validity(clientId: string): Promise<SecretValidity[]> {
    const row = await findApplication(this.dataSource, clientId);
    const { overlaps, former_client_secret: former, former_valid_until: validUntil } = row;
    const keyIdOf = (stored: string): string => stored.split(':')[1] ?? '';
    const current: SecretValidity = {
      secret: 'current',
      signs: !overlaps,
      validUntil: null,
      keyId: keyIdOf(row.client_secret),
    };
    if (!overlaps || former === null) return [current];
    return [current, { secret: 'former', signs: true, validUntil, keyId: keyIdOf(former) }];
  }

  /**
   * Encrypts every secret with the current master key that is still encrypted with the secondary one.
   * May be interrupted and run again; `onProgress` gets the number of applications looked at.
   *
   * Throws SecretUnreadableError for the first secret that neither key opens.
   */
  async reencrypt(onProgress: (seen: number) => void): Promise<Reencryption> {
    let { reencrypted, seen } = await reencryptKeys(this.dataSource, this.cipher);
    for (let last: string | undefined = FIRST_ID; last !== undefined;) {
      const batch: ReencryptedBatch = await this.reencryptAfter(last);
      reencrypted += batch.reencrypted;
      seen += batch.seen;
      last = batch.last;
      onProgress(seen);
    }
    return { reencrypted, untouched: seen - reencrypted };
  }

  private reencryptAfter(id: string): Promise<ReencryptedBatch> {
    return this.dataSource.transaction(async (transaction) => {
      const rows = await transaction.query<ApplicationRow[]>(
        `SELECT ${COLUMNS} FROM application WHERE id > $1 ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE`,
        [id],
      );
      let reencrypted = 0;
      for (const row of rows) {
        const current = this.cipher.reencrypt(row.id, row.client_secret);
        // One that has ended counts for nothing any more, whichever key it needs.
        const former = row.overlaps ? row.former_client_secret : null;
        const newFormer = former === null ? null : this.cipher.reencrypt(row.id, former);
        if (current === row.client_secret && newFormer === row.former_client_secret) continue;
        await transaction.query(
          `UPDATE application SET client_secret = $2, former_client_secret = $3::text,
             former_valid_until = CASE WHEN $3::text IS NOT NULL THEN former_valid_until END
           WHERE id = $1`,
          [row.id, current, newFormer],
        );
        if (current !== row.client_secret || newFormer !== null) reencrypted++;
      }
      return { reencrypted, seen: rows.length, last: rows.at(-1)?.id };
    });
  }
}

const lockApplication = (transaction: EntityManager, clientId: string): Promise<ApplicationRow> =>
  findApplication(transaction, clientId, 'FOR NO KEY UPDATE');

async function findApplication(
  session: DataSource | EntityManager,
  clientId: string,
  lock: '' | 'FOR NO KEY UPDATE' = '',
): Promise<ApplicationRow> {
  const [application] = await session.query<ApplicationRow[]>(
    `SELECT ${COLUMNS} FROM application WHERE client_id = $1 ${lock}`,
    [clientId],
  );
  if (!application) throw new ApplicationNotFoundError(clientId);
  return application;
}

interface ReencryptedBatch {
  readonly reencrypted: number;
  readonly seen: number;
  /** Undefined at the end. */
  readonly last: string | undefined;
}
