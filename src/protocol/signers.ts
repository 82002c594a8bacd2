import { p256 } from "@noble/curves/nist.js";
import {
  AbiCoder,
  N as SECP256K1_ORDER,
  concat,
  dataLength,
  dataSlice,
  getBytes,
  hexlify,
  keccak256,
  recoverAddress,
  toBeHex,
  type Signer,
} from "ethers";

import { FatalError } from "../errors.ts";
import type { SignerId } from "./ids.ts";
import { TypedStruct, type Domain } from "./typedData.ts";

/** Signer bytes of an EOA: its address. */
const EOA_SIGNER_LENGTH = 20;
/** Signer bytes of a P-256 key: the verifier's address, then the affine coordinates of the public key, 32 bytes each. */
const P256_SIGNER_LENGTH = 84;

const P256_ORDER = p256.Point.CURVE().n;

/** A hot key of an operator, wherever its secret is kept. */
export type ReceiptSigner = {
  /** The signer bytes, as `OperatorRegistry.addSigner` takes them. */
  readonly signer: string;
  readonly signerId: SignerId;
  /** Signs an EIP-712 message; the result is the raw signature: 65 bytes of an EOA, 64 of a P-256 key. */
  sign<Message extends object>(domain: Domain, struct: TypedStruct<Message>, message: Message): Promise<string>;
};

/** A P-256 key pair, for example in a key management service. */
export type P256Key = {
  /** Affine coordinates of the public key, 32 bytes each, one after the other. */
  readonly publicKey: Uint8Array;
  /** Signs the 32 bytes as they are, without hashing them again; returns r and s, 32 bytes each; s may be high. */
  sign(digest: Uint8Array): Promise<Uint8Array>;
};

/** What a key signs to prove that it agrees to sign for an operator. */
export type SignerPossession = {
  operator: string;
  signer: string;
  /** The operator's nonce in `OperatorRegistry`. */
  nonce: bigint;
  /** Unix time in seconds, inclusive. */
  deadline: number;
};

export const SIGNER_POSSESSION = new TypedStruct<SignerPossession>({
  SignerPossession: [
    { name: "operator", type: "address" },
    { name: "signer", type: "bytes" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint48" },
  ],
});

/** The id under which the registry knows a key. */
export function signerIdOf(signer: string): SignerId {
  return keccak256(signer) as SignerId;
}

/** A signer from an ethers signer that holds a single key: a wallet, a hardware wallet, an account of a node. */
export async function eoaSigner(account: Signer): Promise<ReceiptSigner> {
  const signer = (await account.getAddress()).toLowerCase();
  return {
    signer,
    signerId: signerIdOf(signer),
    sign: (domain, struct, message) => account.signTypedData(domain.fields, struct.types, message),
  };
}

/**
 * A signer from a P-256 key.
 * @param verifier Address of the `ERC7913P256Verifier` on the deployment's list.
 */
export function p256Signer(verifier: string, key: P256Key): ReceiptSigner {
  const signer = concat([verifier, key.publicKey]);
  if (dataLength(signer) !== P256_SIGNER_LENGTH) {
    throw new FatalError(
      "P256_SIGNER_LENGTH",
      `a verifier and a P-256 public key are ${P256_SIGNER_LENGTH} bytes, got ${dataLength(signer)}`,
    );
  }
  return {
    signer,
    signerId: signerIdOf(signer),
    async sign(domain, struct, message) {
      const digest = struct.digest(domain, message);
      const signature = normaliseP256(hexlify(await key.sign(getBytes(digest))));
      if (!verifyP256(hexlify(key.publicKey), digest, signature)) {
        throw new FatalError(
          "P256_SIGNATURE_INVALID",
          `the key's signature ${signature} is not one of digest ${digest}`,
        );
      }
      return signature;
    },
  };
}

/** A P-256 key from its 32-byte secret; signatures are deterministic (RFC 6979). */
export function p256Key(secret: Uint8Array): P256Key {
  return {
    publicKey: p256.getPublicKey(secret, false).slice(1),
    sign: async (digest) => p256.sign(digest, secret, { prehash: false }),
  };
}

/** Replaces s by its negative if it is in the upper half of the group, which the verifier on chain refuses. */
export function normaliseP256(signature: string): string {
  if (dataLength(signature) !== 64) {
    throw new FatalError("P256_SIGNATURE_LENGTH", `a P-256 signature is 64 bytes, got ${dataLength(signature)}`);
  }
  const s = BigInt(dataSlice(signature, 32));
  if (s <= P256_ORDER / 2n || s >= P256_ORDER) return signature;
  return concat([dataSlice(signature, 0, 32), toBeHex(P256_ORDER - s, 32)]);
}

/** The form in which contracts take a signature. */
export function encodeSignature(signer: string, rawSignature: string): string {
  return AbiCoder.defaultAbiCoder().encode(["bytes", "bytes"], [signer, rawSignature]);
}

export type VerifySignatureParameters = {
  signerId: SignerId;
  digest: string;
  /** As `encodeSignature` returns it. */
  signature: string;
  /** Address of the `ERC7913P256Verifier` on the deployment's list. */
  p256Verifier: string;
};

/**
 * Whether a key signed a digest. Says nothing about whose key it is, or whether it was valid at the time.
 * Stricter than the contracts in one point: bytes after a P-256 signature are refused.
 */
export function verifySignature({ signerId, digest, signature, p256Verifier }: VerifySignatureParameters): boolean {
  const decoded = decodeSignature(signature);
  if (decoded === undefined) return false;
  const { signer, rawSignature } = decoded;
  if (signerIdOf(signer) !== signerId) return false;
  switch (dataLength(signer)) {
    case EOA_SIGNER_LENGTH:
      return verifyEoa(signer, digest, rawSignature);
    case P256_SIGNER_LENGTH:
      return (
        dataSlice(signer, 0, 20) === p256Verifier.toLowerCase() &&
        verifyP256(dataSlice(signer, 20), digest, rawSignature)
      );
    default:
      return false;
  }
}

function decodeSignature(signature: string): { signer: string; rawSignature: string } | undefined {
  try {
    const [signer, rawSignature] = AbiCoder.defaultAbiCoder()
      .decode(["bytes", "bytes"], signature)
      .toArray() as string[];
    return { signer: signer!, rawSignature: rawSignature! };
  } catch {
    return undefined; // not the encoding of two byte strings
  }
}

/** As OpenZeppelin's `ECDSA`: 65 bytes, low s, v of 27 or 28; ethers alone also takes other forms. */
function verifyEoa(address: string, digest: string, signature: string): boolean {
  if (dataLength(signature) !== 65) return false;
  const s = BigInt(dataSlice(signature, 32, 64));
  const v = Number(dataSlice(signature, 64));
  if (s > SECP256K1_ORDER / 2n || (v !== 27 && v !== 28)) return false;
  try {
    return recoverAddress(digest, signature).toLowerCase() === address;
  } catch {
    return false; // r or s is no scalar, or r no point
  }
}

/** As OpenZeppelin's `P256`: s must be in the lower half. The public key is 64 bytes, without prefix. */
export function verifyP256(publicKey: string, digest: string, signature: string): boolean {
  if (dataLength(signature) !== 64) return false;
  const point = getBytes(concat(["0x04", publicKey]));
  return p256.verify(getBytes(signature), getBytes(digest), point, { prehash: false });
}
