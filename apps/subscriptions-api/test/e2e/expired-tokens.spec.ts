import { Deployment } from '@app/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.create();
});
afterAll(() => deployment?.dispose());

it('tokens that have long been over are deleted by a service that starts, and no others', async () => {
  const api = await deployment.startApi();
  const client = await deployment.integration();
  const idOf = async () => decodeJwt(await api.accessToken(client)).iss;
  const [over, recent, good] = [await idOf(), await idOf(), await idOf()];
  const endedAgo = (id: string | undefined, ago: string) =>
    deployment.database.query(
      'UPDATE oauth_token SET refresh_expires_at = clock_timestamp() - $2::interval WHERE id = $1',
      [id, ago],
    );
  await endedAgo(over, '25 hours');
  await endedAgo(recent, '1 hour');
  await deployment.startApi();
  const line = await deployment.apis.at(-1)?.log.waitFor('tokens.deleted');
  expect(line).toMatchObject({ count: 1 });
  const rows = await deployment.database.query<{ id: string }>('SELECT id FROM oauth_token');
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([recent, good]));
});
