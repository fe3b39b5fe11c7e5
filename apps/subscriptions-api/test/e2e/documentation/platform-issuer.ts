import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { TestAuthority, TestReceiver } from '@app/testing';
import { exportJWK, SignJWT } from 'jose';

const ALGORITHM = 'ES256';
const KEY_ID = 'platform';

/** The platform's own issuer of access tokens, with its public keys behind HTTPS. */
export class PlatformIssuer {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #certificateFile = join(tmpdir(), `authority-${randomUUID()}.pem`);

  private constructor(private readonly server: TestReceiver) {}

  static async start(): Promise<PlatformIssuer> {
    const authority = new TestAuthority();
    const tls = authority.issue({ names: ['127.0.0.1'] });
    const issuer = new PlatformIssuer(await TestReceiver.start({ tls }));
    writeFileSync(issuer.#certificateFile, authority.certificate);
    const key = { ...(await exportJWK(issuer.#keys.publicKey)), kid: KEY_ID, alg: ALGORITHM };
    issuer.server.script('/keys', {
      kind: 'answer',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ keys: [key] }),
    });
    return issuer;
  }

  /** Variables of an API that accepts its tokens. */
  get environment() {
    return {
      TOKEN_JWKS_URL: this.server.url('/keys'),
      NODE_EXTRA_CA_CERTS: this.#certificateFile,
    };
  }

  token(clientId: string, organizationId: string): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
      .setIssuer(randomUUID())
      .setAudience(organizationId)
      .setSubject(`client://${clientId}`)
      .setExpirationTime('1h')
      .sign(this.#keys.privateKey);
  }

  async close(): Promise<void> {
    rmSync(this.#certificateFile, { force: true });
    await this.server.close();
  }
}
