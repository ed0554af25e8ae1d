import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** A key that signs, and what is told of it. */
export interface SigningKey {
  id: string;
  privateKey: CryptoKey;
  /** With its id, algorithm and use. */
  publicJwk: JWK;
}

/** Makes an RSA key for RS256, the algorithm that every provider must have. */
export async function createSigningKey(id: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  return { id, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid: id, alg: 'RS256', use: 'sig' } };
}
