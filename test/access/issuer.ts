import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { untilFileEnds } from '../support/environment.ts';

export const AUDIENCE = 'https://maps.example';

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function newKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

/** An issuer of tokens: a server with its keys, which it may change, or be away. */
export async function newIssuer() {
  const state = { keys: [await newKey('first')], isAway: false, asked: 0 };
  const server = createServer((req, res) => {
    state.asked++;
    const { port } = server.address() as AddressInfo;
    const issuer = `http://127.0.0.1:${port}`;
    const isDiscovery = req.url === '/.well-known/openid-configuration';
    const document = isDiscovery
      ? { issuer, jwks_uri: `${issuer}/keys` }
      : { keys: state.keys.map(({ jwk }) => jwk) };
    res.writeHead(state.isAway ? 503 : 200, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify(document));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  untilFileEnds.push(() => new Promise((done) => void (server.close(done), server.closeAllConnections())));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (claims: JWTPayload, key: SigningKey = state.keys[0]!): Promise<string> =>
    new SignJWT({
      iss: url,
      aud: AUDIENCE,
      sub: 'somebody',
      exp: Math.floor(Date.now() / 1000) + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .sign(key.privateKey);
  return { url, state, token };
}

export type Issuer = Awaited<ReturnType<typeof newIssuer>>;
