import type { DataSource } from 'typeorm';
import { clientCertificateOwner } from './client-certificates.store.js';
import type { SecretCipher } from './secret.cipher.js';
import { signingKeyOwner } from './signing-keys.store.js';

/** Where private keys lie, and what each is bound to. */
const KEYS = [
  { table: 'application_signing_key', id: 'key_id', ownerOf: signingKeyOwner },
  { table: 'client_certificate', id: 'integration_id', ownerOf: clientCertificateOwner },
] as const;

interface KeyRow {
  readonly id: string;
  readonly private_key: string;
}

/** How many are read at a time. */
const BATCH = 100;

/** Encrypts every private key with the current master key, see {@link SecretCipher.reencrypt}. */
export async function reencryptKeys(
  dataSource: DataSource,
  cipher: SecretCipher,
): Promise<{ reencrypted: number; seen: number }> {
  let [reencrypted, seen] = [0, 0];
  for (const { table, id, ownerOf } of KEYS) {
    for (let last: string | undefined = ''; last !== undefined;) {
      const rows: KeyRow[] = await dataSource.query(
        `SELECT ${id}::text AS id, private_key FROM ${table}
         WHERE ${id}::text > $1 ORDER BY ${id}::text LIMIT ${BATCH}`,
        [last],
      );
      for (const row of rows) {
        const sealed = cipher.reencrypt(ownerOf(row.id), row.private_key);
        if (sealed === row.private_key) continue;
        // One that was replaced meanwhile is under the current key already.
        await dataSource.query(
          `UPDATE ${table} SET private_key = $3 WHERE ${id}::text = $1 AND private_key = $2`,
          [row.id, row.private_key, sealed],
        );
        reencrypted += 1;
      }
      seen += rows.length;
      last = rows.at(-1)?.id;
    }
  }
  return { reencrypted, seen };
}
