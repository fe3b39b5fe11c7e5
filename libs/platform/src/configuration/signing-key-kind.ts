import type { SigningKeyConfiguration } from './configuration.js';
import { type Kind, ValueRefused } from './kind.js';

const MIN_SECRET_LENGTH = 32;

/** `id:secret`, several separated by commas. The id stands in every token; the secret is never shown. */
export const signingKeyList: Kind<readonly SigningKeyConfiguration[]> = {
  expected:
    'id:secret, several separated by commas; a secret has at least 32 characters, none of them a comma',
  parse(text) {
    const keys = text.split(',').map((part, index) => signingKey(part.trim(), index + 1));
    if (new Set(keys.map(({ keyId }) => keyId)).size < keys.length) {
      throw new ValueRefused('an id is given twice');
    }
    return keys;
  },
  mask: (text) => `*** (${text.length} characters)`,
};

/** Named by its position: where id and secret are the wrong way round the id is the secret. */
function signingKey(text: string, position: number): SigningKeyConfiguration {
  const [, keyId, secret] = /^([\w.-]{1,64}):(.*)$/.exec(text) ?? [];
  if (keyId === undefined || secret === undefined) throw new ValueRefused('a part has no id');
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new ValueRefused(`the secret of key ${position} has ${secret.length} characters`);
  }
  return { keyId, secret };
}
